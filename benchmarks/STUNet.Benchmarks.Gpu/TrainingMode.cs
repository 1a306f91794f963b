using STUNet.Core;
using STUNet.Training;

namespace STUNet.Benchmarks.Gpu;

/// <summary>The numbers that a training step computes with.</summary>
/// <param name="Name">What results call it.</param>
/// <param name="Activations">Element type of activations and their gradients; parameters, logits and losses are float32 always.</param>
internal sealed record TrainingMode(string Name, DType Activations)
{
    /// <summary>Every way, the fastest first.</summary>
    public static IReadOnlyList<TrainingMode> All { get; } = [new("f16", DType.F16), new("bf16", DType.BF16), new("f32", DType.F32)];

    /// <summary>The factor on the loss of a first step: binary16 needs one (<see cref="LossScale"/>).</summary>
    public LossScale FirstScale => Activations == DType.F16 ? new LossScale() : new LossScale { Factor = 1 };

    /// <summary>The settings of a step of this kind.</summary>
    /// <param name="step">A step of float32.</param>
    public TrainingStepSettings Of(TrainingStepSettings step) => step with { Activations = Activations, ScalesLoss = Activations == DType.F16 };
}
