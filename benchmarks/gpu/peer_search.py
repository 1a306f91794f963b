"""The search for PyTorch's best configuration, kept in a file so that it is done once."""
import json
import os
import time

from peer_jobs import Config, measure


def search(torch, options, emit, deadline):
    """Times what has not been tried yet, in order; when nothing is left, the best of every arithmetic. Returns the exit code."""
    known = read(options.best)
    version = torch.backends.cudnn.version() if options.device == "cuda" else "-"
    name = torch.cuda.get_device_name() if options.device == "cuda" else "cpu"
    key = f"{name}, torch {torch.__version__}, cudnn {version}, {options.job} {options.size}{' quick' if options.quick else ''}"
    tried = known.setdefault(key, {})
    was_complete = next_untried(torch, options, tried) is None
    if was_complete:
        for config in bests(tried).values():
            emit(**line_of(options, config, measure(torch, options, config)))
        return 0
    while (config := next_untried(torch, options, tried)) is not None:
        if time.monotonic() > deadline:
            print("time is up: the search goes on in the next call")
            break
        tried[str(config)] = measure(torch, options, config)
        write(options.best, known)
        print(f"tried {config}: {tried[str(config)].get('failure') or format(tried[str(config)]['ms_median'], '.2f') + ' ms'}", flush=True)
    found = bests(tried)
    for config in found.values():
        emit(**line_of(options, config, tried[str(config)]))
    return 0 if found else 1


def next_untried(torch, options, tried):
    """Layouts first, for every arithmetic; then what may improve the better layout."""
    arithmetics = ["f16", "bf16", "tf32", "f32"] if options.device == "cuda" else ["bf16", "f32"]
    eager = [Config(arithmetic, layout, "benchmark", "eager") for arithmetic in arithmetics for layout in ("channels_last_3d", "contiguous")]
    missing = [config for config in eager if str(config) not in tried]
    if missing:
        return missing[0]
    variants = []
    for arithmetic in arithmetics:
        candidates = {str(config): config for config in eager if config.arithmetic == arithmetic and "ms_median" in tried[str(config)]}
        if candidates:
            best = min(candidates.values(), key=lambda config: tried[str(config)]["ms_median"])
            if hasattr(torch, "compile") and options.device == "cuda":
                variants.append(best._replace(mode="compile"))
                variants.append(best._replace(mode="graphs"))
            if options.device == "cuda":
                variants.append(best._replace(cudnn="heuristics"))
    return next((config for config in variants if str(config) not in tried), None)


def bests(tried):
    """The fastest configuration of every arithmetic that ran."""
    best = {}
    for text, result in tried.items():
        config = Config(*text.split())
        if "ms_median" in result and (config.arithmetic not in best or result["ms_median"] < tried[str(best[config.arithmetic])]["ms_median"]):
            best[config.arithmetic] = config
    return best


def line_of(options, config, result):
    return {"job": options.job, "size": options.size, "arithmetic": config.arithmetic, "config": str(config), **result}


def read(path):
    if path is None or not os.path.exists(path):
        return {}
    try:
        with open(path, encoding="utf-8") as file:
            known = json.load(file)
        return known if isinstance(known, dict) else {}
    except ValueError as damage:
        print(f"{path} is damaged ({damage}): searching anew")
        return {}


def write(path, known):
    if path is None:
        return
    with open(path + ".part", "w", encoding="utf-8") as file:
        json.dump(known, file, indent=1)
    os.replace(path + ".part", path)
