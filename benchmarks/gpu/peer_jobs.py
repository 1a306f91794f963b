"""What is timed in PyTorch: an inference of one patch, a training step, in one configuration."""
import contextlib
import gc
import statistics
from collections import namedtuple

from peer_network import deep_supervision, published

MOMENTUM, WEIGHT_DECAY, LARGEST_NORM, RATE = 0.99, 3e-5, 12, 0.01  # nnU-Net's optimiser
HEADS = 4  # resolutions whose loss has a weight: the fifth of five has 0


class Config(namedtuple("Config", ["arithmetic", "layout", "cudnn", "mode"])):
    """arithmetic f16 or bf16 (AMP), tf32 or f32; layout channels_last_3d or contiguous; cudnn benchmark or heuristics; mode eager, compile, or graphs, which is compile with CUDA graphs."""

    def __str__(self):
        return " ".join(self)


def measure(torch, options, config):
    """Times and memory of one configuration, or why there are none."""
    try:
        return run(torch, options, config)
    except (RuntimeError, ValueError, NotImplementedError) as failure:
        return {"failure": str(failure).splitlines()[0][:200]}
    except Exception as failure:  # torch.compile has exceptions of its own by version
        if config.mode == "eager":
            raise
        return {"failure": f"{type(failure).__name__}: {str(failure).splitlines()[0][:200]}"}
    finally:
        gc.collect()
        if options.device == "cuda":
            torch.cuda.empty_cache()


def run(torch, options, config):
    from peer_torch import timed
    torch.manual_seed(0)
    torch.backends.cudnn.benchmark = config.cudnn == "benchmark"
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = config.arithmetic == "tf32"
    network = published(options.size, 4 if options.quick else 105).to(options.device)
    if config.layout == "channels_last_3d":
        network = network.to(memory_format=torch.channels_last_3d)
    step = (training if options.job == "train" else inference)(torch, options, config, network)
    step()
    if options.device == "cuda":
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
    times = timed(torch, options.device, step, options.seconds)
    result = {"runs": len(times), "ms_median": statistics.median(times), "ms_min": min(times)}
    if options.device == "cuda":
        parameters = sum(parameter.numel() * parameter.element_size() for parameter in network.parameters())
        # Parameters and the optimiser's momentum are no activations; gradients count, as in our arena.
        kept = parameters * (2 if options.job == "train" else 1)
        peak = torch.cuda.max_memory_allocated()
        result.update(peak_bytes=peak, parameter_bytes=parameters, activation_bytes=peak - kept)
    return result


def precision(torch, options, config):
    """AMP, or nothing."""
    if config.arithmetic not in ("f16", "bf16"):
        return contextlib.nullcontext()
    return torch.autocast(options.device, torch.float16 if config.arithmetic == "f16" else torch.bfloat16)


def compiled(torch, config, network):
    if config.mode == "eager":
        return network
    return torch.compile(network, mode="reduce-overhead" if config.mode == "graphs" else None)


def image(torch, options, config, batch):
    size = 32 if options.quick else 128
    x = torch.rand(batch, 1, size, size, size, device=options.device) * 2 - 1
    return x.to(memory_format=torch.channels_last_3d) if config.layout == "channels_last_3d" else x


def inference(torch, options, config, network):
    network.eval()
    x = image(torch, options, config, 1)
    forward = compiled(torch, config, network)

    def step():
        with torch.inference_mode(), precision(torch, options, config):
            return torch.softmax(forward(x)[0], 1)
    return step


def training(torch, options, config, network):
    network.train()
    x = image(torch, options, config, 2)
    size = x.shape[-1]
    targets = [torch.randint(network.seg_outputs[0].out_channels, (2,) + (size >> scale,) * 3, device=options.device) for scale in range(HEADS)]
    weights = [2.0 ** -scale for scale in range(HEADS)]
    weights = [weight / sum(weights) for weight in weights]
    optimiser = torch.optim.SGD(network.parameters(), RATE, MOMENTUM, weight_decay=WEIGHT_DECAY, nesterov=True)
    scaler = torch.cuda.amp.GradScaler(enabled=config.arithmetic == "f16")
    forward = compiled(torch, config, network)

    def step():
        optimiser.zero_grad(set_to_none=True)
        with precision(torch, options, config):
            heads = forward(x, HEADS)
        loss = deep_supervision(heads, targets, weights)
        scaler.scale(loss).backward()
        scaler.unscale_(optimiser)
        torch.nn.utils.clip_grad_norm_(network.parameters(), LARGEST_NORM)
        scaler.step(optimiser)
        scaler.update()
        return loss.detach()
    return step
