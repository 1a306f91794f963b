"""STU-Net in PyTorch, our own statement of it: the parameter names, their order and the outputs are those of the published checkpoints."""
import torch
import torch.nn.functional as F
from torch import nn

SIZES = {"S": (16, 1), "B": (32, 1), "L": (64, 2), "H": (96, 3)}  # channels at full resolution, blocks of a stage
STRIDES = [(2, 2, 2)] * 4 + [(1, 1, 2)]  # (z, y, x) of each down-sampling
SLOPE = 0.01


class Block(nn.Module):
    """conv - norm - leaky ReLU - conv - norm, plus the input (through a 1x1x1 convolution where shapes change), leaky ReLU."""

    def __init__(self, inputs, outputs, kernel, stride, has_shortcut):
        super().__init__()
        padding = [size // 2 for size in kernel]
        self.conv1 = nn.Conv3d(inputs, outputs, kernel, stride, padding)
        self.norm1 = nn.InstanceNorm3d(outputs, affine=True)
        self.conv2 = nn.Conv3d(outputs, outputs, kernel, 1, padding)
        self.norm2 = nn.InstanceNorm3d(outputs, affine=True)
        if has_shortcut:
            self.conv3 = nn.Conv3d(inputs, outputs, 1, stride)
        self.has_shortcut = has_shortcut

    def forward(self, x):
        y = F.leaky_relu(self.norm1(self.conv1(x)), SLOPE, inplace=True)
        y = self.norm2(self.conv2(y))
        y = y + (self.conv3(x) if self.has_shortcut else x)
        return F.leaky_relu(y, SLOPE, inplace=True)


def stage(inputs, outputs, kernel, stride, depth):
    return nn.Sequential(*[Block(inputs if i == 0 else outputs, outputs, kernel, stride if i == 0 else 1, i == 0) for i in range(depth)])


class Upsample(nn.Module):
    """Nearest neighbour, then a 1x1x1 convolution."""

    def __init__(self, inputs, outputs, factor):
        super().__init__()
        self.conv = nn.Conv3d(inputs, outputs, 1)
        self.factor = [float(f) for f in factor]

    def forward(self, x):
        return self.conv(F.interpolate(x, scale_factor=self.factor, mode="nearest"))


class StuNet(nn.Module):
    """Logits of the finest resolutions, full resolution first: tensors (N, classes, z, y, x)."""

    def __init__(self, channels, classes, dims, depth, strides=STRIDES, kernels=None):
        super().__init__()
        last = len(dims) - 1
        kernels = kernels or [(3, 3, 3)] * len(dims)
        depth = [depth] * len(dims) if isinstance(depth, int) else depth
        self.conv_blocks_context = nn.ModuleList(
            [stage(channels if s == 0 else dims[s - 1], dims[s], kernels[s], 1 if s == 0 else tuple(strides[s - 1]), depth[s]) for s in range(last + 1)])
        levels = range(last - 1, -1, -1)  # the resolution of each decoder level, deepest first
        self.upsample_layers = nn.ModuleList([Upsample(dims[s + 1], dims[s], strides[s]) for s in levels])
        self.conv_blocks_localization = nn.ModuleList([stage(2 * dims[s], dims[s], kernels[s], 1, depth[s]) for s in levels])
        self.seg_outputs = nn.ModuleList([nn.Conv3d(dims[s], classes, 1) for s in levels])

    def forward(self, x, heads=1):
        skips = []
        for blocks in self.conv_blocks_context[:-1]:
            x = blocks(x)
            skips.append(x)
        x = self.conv_blocks_context[-1](x)
        logits = []
        for level, blocks in enumerate(self.conv_blocks_localization):
            x = blocks(torch.cat([self.upsample_layers[level](x), skips.pop()], 1))
            if level >= len(self.conv_blocks_localization) - heads:
                logits.append(self.seg_outputs[level](x))
        return logits[::-1]


def published(size, classes):
    """A published size with one image channel."""
    width, depth = SIZES[size]
    return StuNet(1, classes, [width * factor for factor in (1, 2, 4, 8, 16, 16)], depth)


def dice_and_cross_entropy(logits, target):
    """nnU-Net v2's loss: cross entropy minus the soft Dice of every sample and class, background left out. target (N, z, y, x), int64."""
    probabilities = torch.softmax(logits, 1)
    truth = torch.zeros_like(probabilities).scatter_(1, target[:, None], 1)
    axes = (2, 3, 4)
    both, ours, theirs = (value[:, 1:].sum(axes) for value in (probabilities * truth, probabilities, truth))
    return F.cross_entropy(logits, target) - ((2 * both + 1e-5) / torch.clip(ours + theirs + 1e-5, 1e-8)).mean()


def deep_supervision(heads, targets, weights):
    """The weighted sum over resolutions, in float32 as AMP does it."""
    return sum(weight * dice_and_cross_entropy(logits.float(), target) for weight, logits, target in zip(weights, heads, targets))
