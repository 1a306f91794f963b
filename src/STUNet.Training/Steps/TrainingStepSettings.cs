using STUNet.Core;
using STUNet.Kernels;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>What one step of training computes. Immutable.</summary>
public sealed record TrainingStepSettings
{
    /// <summary>The architecture; its classes are the channels of the logits.</summary>
    public required StuNetConfig Network { get; init; }

    /// <summary>Samples of a batch.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Size of the patch (z, y, x).</summary>
    public required Int3 Patch { get; init; }

    /// <summary>The loss at every resolution.</summary>
    public required SegmentationLoss Loss { get; init; }

    /// <summary>
    /// Weight of every target's loss, from the finest on (<see cref="DeepSupervision.Weights"/>). Targets beyond the heads and heads beyond the targets
    /// take no part.
    /// </summary>
    public required IReadOnlyList<double> Weights { get; init; }

    /// <summary>
    /// Whose rule for a head of weight 0: version 1 leaves it out, so that its parameters stay as they are; version 2 multiplies its loss by 0, so that they
    /// decay.
    /// </summary>
    public required NnunetVersion Version { get; init; }

    /// <summary>
    /// What is computed with: of 16 bits are the images, everything up to the logits, and its gradients. Losses, parameters, their gradients and what the optimiser remembers are float32
    /// always. All but F32 need a GPU.
    /// </summary>
    public Precision Precision { get; init; }

    /// <summary>Whether the loss is multiplied by a factor before its gradients are taken (<see cref="LossScale"/>); binary16 needs it.</summary>
    public bool ScalesLoss { get; init; }

    /// <summary>How gradients change the parameters.</summary>
    public Optimiser Optimiser { get; init; } = new Sgd();
}
