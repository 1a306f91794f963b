"""Ten training steps of the goldens' tiny network by AMP, beside the same in float32: how far apart their losses are."""
import json
import os

import numpy as np

from peer_check import cases_of, entry, load, safetensors
from peer_jobs import precision
from peer_network import deep_supervision

LOSS_FACTOR = 1024  # as ours


def run(torch, options, emit):
    with open(os.path.join(options.goldens, "manifest.json"), encoding="utf-8") as file:
        manifest = json.load(file)
    batches, expected = entry(manifest, "train/batches.safetensors"), entry(manifest, "train/v2.safetensors")
    if batches is None or expected is None:
        print("skipped: there are no goldens of a training here")
        return 4
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    case = next(iter(cases_of(batches).values()))
    names = next(iter(cases_of(expected).values()))["names"]
    tensors = safetensors(os.path.join(options.goldens, batches["file"]))
    rates = safetensors(os.path.join(options.goldens, expected["file"]))["lr"]
    exact = losses(torch, options, "f32", case, names, tensors, rates)
    for arithmetic in ("f16", "bf16") if options.device == "cuda" else ("bf16",):
        found = losses(torch, options, arithmetic, case, names, tensors, rates)
        emit(job="trajectory", arithmetic=arithmetic, steps=len(found), loss_distance=max(abs(a - b) for a, b in zip(found, exact)), last_loss=found[-1], last_loss_f32=exact[-1])
    return 0


class Numbers:
    """What peer_jobs.precision asks of a configuration."""

    def __init__(self, arithmetic):
        self.arithmetic = arithmetic


def losses(torch, options, arithmetic, case, names, tensors, rates):
    network = load({**case, "names": names}, tensors, "init.").float().to(options.device)
    optimiser = torch.optim.SGD(network.parameters(), rates[0], case["momentum"], weight_decay=case["weight_decay"], nesterov=True)
    scaler = torch.cuda.amp.GradScaler(init_scale=LOSS_FACTOR, enabled=arithmetic == "f16")
    found = []
    for step, rate in enumerate(rates):
        optimiser.param_groups[0]["lr"] = float(rate)
        optimiser.zero_grad(set_to_none=True)
        x = torch.from_numpy(tensors[f"x.{step}"].astype(np.float32) / 64).to(options.device)
        with precision(torch, options, Numbers(arithmetic)):
            heads = network(x, heads=len(network.seg_outputs))
        loss = deep_supervision(heads, shrunken(torch, case, tensors[f"target.{step}"], x, options), case["ds_weights"])
        scaler.scale(loss).backward()
        scaler.unscale_(optimiser)
        torch.nn.utils.clip_grad_norm_(network.parameters(), case["clip_norm"])
        scaler.step(optimiser)
        scaler.update()
        found.append(loss.item())
    return found


def shrunken(torch, case, labels, x, options):
    """The target of every resolution: shrinking by f takes voxel f // 2 of every f."""
    target = torch.from_numpy(labels.astype(np.int64)).reshape(-1, *x.shape[2:]).to(options.device)
    targets, factor = [], np.ones(3, int)
    for pool in [(1, 1, 1)] + [tuple(pool) for pool in case["plan"]["pools"]][:len(case["ds_weights"]) - 1]:
        factor = factor * np.array(pool)
        targets.append(target[:, factor[0] // 2::factor[0], factor[1] // 2::factor[1], factor[2] // 2::factor[2]])
    return targets
