"""Is peer_network.py our network? Parameter names, order and shapes, logits of every head, and the loss and gradient norm of a training step against the stored goldens, on the CPU in float64."""
import json
import os
import struct

import numpy as np
import torch

from peer_network import StuNet, dice_and_cross_entropy, deep_supervision

DTYPES = {"F32": np.float32, "F64": np.float64, "U8": np.uint8, "I16": np.int16, "I32": np.int32, "I64": np.int64}


def safetensors(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        body = file.read()
    return {name: np.frombuffer(body[slice(*entry["data_offsets"])], DTYPES[entry["dtype"]]).reshape(entry["shape"])
            for name, entry in header.items() if name != "__metadata__" and entry["dtype"] in DTYPES}


def load(case, tensors, prefix):
    """The case's network with its stored parameters; every name and shape must be there, in the published order."""
    plan = case["plan"]
    network = StuNet(plan["cin"], plan["ncls"], plan["dims"], plan["depth"], [tuple(pool) for pool in plan["pools"]], [tuple(kernel) for kernel in plan["kernels"]]).double()
    names = [name[len(prefix):] for name in tensors if name.startswith(prefix)]
    state = network.state_dict()
    assert sorted(names) == sorted(state), f"parameter names differ: {sorted(set(names) ^ set(state))[:5]}"
    published = case.get("names", list(state))
    assert published == list(state), "the order of the parameters differs from the published one"
    network.load_state_dict({name: torch.from_numpy(tensors[prefix + name].astype(np.float64)) for name in names})
    return network


def entry(manifest, name):
    return next((file for file in manifest["files"] if file["file"] == name), None)


def cases_of(file):
    cases = file["cases"]
    return cases if isinstance(cases, dict) else {case["name"]: case for case in cases}


def notes_of(file, tensor):
    tensors = file["tensors"]
    return tensors[tensor] if isinstance(tensors, dict) else next(note for note in tensors if note["name"] == tensor)


def check_networks(folder, manifest):
    compared = 0
    for file in manifest["files"]:
        if not (file["file"].startswith("net/") and file["file"].endswith(".safetensors")):
            continue
        tensors = safetensors(os.path.join(folder, file["file"]))
        network = load(next(iter(cases_of(file).values())), tensors, "param.")
        with torch.no_grad():
            index = 0
            while f"input.{index}" in tensors:
                heads = network(torch.from_numpy(tensors[f"input.{index}"].astype(np.float64)), heads=len(network.seg_outputs))
                for head, logits in enumerate(heads):
                    name = f"logits.{index}.head.{head}"
                    error = np.abs(logits.numpy() - tensors[name]).max()
                    limit = 4e-7 * notes_of(file, name)["scale"]  # the golden README's tolerance of float64 implementations
                    assert error <= limit, f"{file['file']} {name}: error {error:.3e} > {limit:.3e}"
                    compared += 1
                index += 1
        print(f"passed  {file['file']}")
    return compared


def targets_of(case, tensors, step):
    """The target of a training step at every resolution that has a weight."""
    target = torch.from_numpy(tensors[f"target.{step}"].astype(np.int64)).reshape(-1, *tensors[f"x.{step}"].shape[2:])
    targets, factor = [], np.ones(3, int)
    for pool in [(1, 1, 1)] + [tuple(pool) for pool in case["plan"]["pools"]][:len(case["ds_weights"]) - 1]:
        factor = factor * np.array(pool)
        # Shrinking by f takes voxel f // 2 of every f: source (i + 0.5) * f - 0.5, at floor(. + 0.5).
        targets.append(target[:, factor[0] // 2::factor[0], factor[1] // 2::factor[1], factor[2] // 2::factor[2]])
    return targets


def check_training(folder, manifest):
    batches, expected = entry(manifest, "train/batches.safetensors"), entry(manifest, "train/v2.safetensors")
    if batches is None or expected is None:
        return 0
    case = next(iter(cases_of(batches).values()))
    run = next(iter(cases_of(expected).values()))
    tensors = safetensors(os.path.join(folder, batches["file"]))
    stored = safetensors(os.path.join(folder, expected["file"]))
    network = load({**case, "names": run["names"]}, tensors, "init.")
    targets = targets_of(case, tensors, 0)
    heads = network(torch.from_numpy(tensors["x.0"].astype(np.float64) / 64), heads=len(network.seg_outputs))
    loss = sum(weight * dice_and_cross_entropy(logits, labels) for weight, logits, labels in zip(case["ds_weights"], heads, targets))
    loss.backward()
    norm = torch.sqrt(sum((parameter.grad ** 2).sum() for parameter in network.parameters() if parameter.grad is not None))
    for what, value, golden in (("loss", loss.item(), stored["loss"][0]), ("gradient norm", norm.item(), stored["grad_total_norm"][0])):
        assert abs(value - golden) <= 1e-6 * abs(golden), f"{what} {value!r}, expected {golden!r}"
    assert torch.isfinite(deep_supervision([head.float() for head in heads], targets, case["ds_weights"])), "the loss in float32 is no number"
    print("passed  train/v2.safetensors, loss and gradient norm of the first step")
    return 2


def run(folder):
    """Compares everything that is there; raises AssertionError where something differs."""
    with open(os.path.join(folder, "manifest.json"), encoding="utf-8") as file:
        manifest = json.load(file)
    compared = check_networks(folder, manifest) + check_training(folder, manifest)
    if compared == 0:
        raise AssertionError(f"{folder} has no networks to compare with")
    print(f"{compared} tensors of peer_network.py equal the stored ones")
