#!/usr/bin/env python3
"""Times STU-Net in PyTorch on this machine's GPU: the peer that our figures are compared with.

    peer_torch.py check --goldens FOLDER               peer_network.py against stored goldens, on the CPU
    peer_torch.py matmul                               torch.matmul's peak by element type
    peer_torch.py infer --size S --best best.json      a patch of 128^3, batch 1: logits and softmax
    peer_torch.py train --size S --best best.json      a training step of 128^3, batch 2

The first calls search: every arithmetic (f16 and bf16 by AMP, tf32, fp32) with and without channels_last_3d, then torch.compile and cudnn.benchmark off on the better layout. What was
tried stands in best.json, by GPU, versions, job and size; when all has been tried, later calls time the best of every arithmetic only. Images and labels lie on the GPU already.
Exit code 4: PyTorch, or its GPU, is absent, and why.
"""
import argparse
import json
import os
import statistics
import sys
import time

SKIPPED = 4


def options_of(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("job", choices=["check", "matmul", "infer", "train", "trajectory"])
    parser.add_argument("--goldens", help="the folder with manifest.json, for check and trajectory")
    parser.add_argument("--size", choices=["S", "B", "L", "H"], default="S")
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda", help="cpu shows that the script works; its figures are no peer's")
    parser.add_argument("--quick", action="store_true", help="a patch of 32^3 with 4 classes")
    parser.add_argument("--seconds", type=float, default=3, help="time for the runs of one configuration")
    parser.add_argument("--limit", type=float, default=90, help="begin no other configuration after this many seconds")
    parser.add_argument("--best", help="file of what was tried")
    parser.add_argument("--json", help="file of result lines, written anew")
    return parser.parse_args(arguments)


def main(arguments):
    start = time.monotonic()
    options = options_of(arguments)
    try:
        import torch
    except ImportError as missing:
        print(f"skipped: python3 here has no PyTorch ({missing})")
        return SKIPPED
    if options.job == "check":
        return check(options)
    if options.device == "cuda" and not torch.cuda.is_available():
        print(f"skipped: PyTorch {torch.__version__} sees no CUDA device")
        return SKIPPED
    lines = open(options.json, "w", encoding="utf-8", buffering=1) if options.json else None

    def emit(**line):
        line = {"part": "torch", "torch": torch.__version__, "device": device_name(torch, options), **line}
        print(" ".join(f"{key}={format(value, '.4g') if isinstance(value, float) else value}" for key, value in line.items() if key not in ("part", "torch", "device")), flush=True)
        if lines:
            lines.write(json.dumps(line) + "\n")

    if options.job == "matmul":
        return matmul(torch, options, emit)
    if options.job == "trajectory":
        import peer_trajectory
        return peer_trajectory.run(torch, options, emit)
    from peer_search import search
    return search(torch, options, emit, start + options.limit)


def check(options):
    import peer_check
    try:
        peer_check.run(options.goldens)
    except AssertionError as difference:
        print(f"FAILED: {difference}")
        return 1
    return 0


def device_name(torch, options):
    return torch.cuda.get_device_name() if options.device == "cuda" else "cpu"


def matmul(torch, options, emit):
    """A product of two matrices of 8192^2, or small ones where it only has to work."""
    size = 256 if options.quick else 8192
    for name, dtype, allows_tf32 in (("f16", torch.float16, False), ("bf16", torch.bfloat16, False), ("tf32", torch.float32, True), ("f32", torch.float32, False)):
        if options.device == "cpu" and name in ("f16", "tf32"):
            continue
        torch.backends.cuda.matmul.allow_tf32 = allows_tf32
        a, b = (torch.randn(size, size, device=options.device).to(dtype) for _ in range(2))
        times = timed(torch, options.device, lambda: torch.matmul(a, b), options.seconds / 4)
        emit(job="matmul", arithmetic=name, ms_median=statistics.median(times), ms_min=min(times), tflops=2 * size**3 / statistics.median(times) / 1e9)
    return 0


def timed(torch, device, run, seconds, most=50):
    """Milliseconds of each run, after two to warm up. By CUDA events, all runs enqueued before the first is read, as ours are: the host's time counts only where the device waits for it."""
    run()
    start = time.perf_counter()
    run()
    if device != "cpu":
        torch.cuda.synchronize()
    runs = max(1, min(most, int(seconds / max(time.perf_counter() - start, 1e-6))))
    if device == "cpu":
        return [milliseconds(run) for _ in range(runs)]
    marks = [torch.cuda.Event(enable_timing=True) for _ in range(runs + 1)]
    marks[0].record()
    for mark in marks[1:]:
        run()
        mark.record()
    marks[-1].synchronize()
    return [begin.elapsed_time(end) for begin, end in zip(marks, marks[1:])]


def milliseconds(run):
    start = time.perf_counter()
    run()
    return 1e3 * (time.perf_counter() - start)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
