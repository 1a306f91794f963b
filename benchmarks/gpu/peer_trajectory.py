"""Ten training steps of the goldens' tiny network by AMP, beside the same in float32: how far apart their losses are."""
import json
import os

import numpy as np

from peer_check import cases_of, entry, load, safetensors, targets_of
from peer_jobs import Config, precision
from peer_network import deep_supervision

LOSS_FACTOR = 1024  # as ours


def run(torch, options, emit):
    from peer_torch import SKIPPED
    with open(os.path.join(options.goldens, "manifest.json"), encoding="utf-8") as file:
        manifest = json.load(file)
    batches, expected = entry(manifest, "train/batches.safetensors"), entry(manifest, "train/v2.safetensors")
    if batches is None or expected is None:
        print("skipped: there are no goldens of a training here")
        return SKIPPED
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


def losses(torch, options, arithmetic, case, names, tensors, rates):
    network = load({**case, "names": names}, tensors, "init.").float().to(options.device)
    optimiser = torch.optim.SGD(network.parameters(), rates[0], case["momentum"], weight_decay=case["weight_decay"], nesterov=True)
    config = Config(arithmetic, "contiguous", "benchmark", "eager")
    scaler = torch.cuda.amp.GradScaler(init_scale=LOSS_FACTOR, enabled=arithmetic == "f16")
    found = []
    for step, rate in enumerate(rates):
        optimiser.param_groups[0]["lr"] = float(rate)
        optimiser.zero_grad(set_to_none=True)
        x = torch.from_numpy(tensors[f"x.{step}"].astype(np.float32) / 64).to(options.device)
        with precision(torch, options, config):
            heads = network(x, heads=len(network.seg_outputs))
        targets = [target.to(options.device) for target in targets_of(case, tensors, step)]
        loss = deep_supervision(heads, targets, case["ds_weights"])
        scaler.scale(loss).backward()
        scaler.unscale_(optimiser)
        torch.nn.utils.clip_grad_norm_(network.parameters(), case["clip_norm"])
        scaler.step(optimiser)
        scaler.update()
        found.append(loss.item())
    return found
