using STUNet.Core;
using STUNet.Training;

namespace STUNet.Benchmarks.Gpu;

/// <summary>The numbers that a training step computes with.</summary>
/// <param name="Name">What results call it.</param>
/// <param name="Precision">What it computes with; parameters and losses are float32 always.</param>
internal sealed record TrainingMode(string Name, Precision Precision)
{
    /// <summary>Every way, the fastest first.</summary>
    public static IReadOnlyList<TrainingMode> All { get; } = [new("f16", Precision.F16), new("bf16", Precision.BF16), new("tf32", Precision.TF32), new("f32", Precision.F32)];

    /// <summary>The factor on the loss of a first step: binary16 needs one (<see cref="LossScale"/>).</summary>
    public LossScale FirstScale => Precision == Precision.F16 ? new LossScale() : new LossScale { Factor = 1 };

    /// <summary>The settings of a step of this kind.</summary>
    /// <param name="step">A step of float32.</param>
    public TrainingStepSettings Of(TrainingStepSettings step) => step with { Precision = Precision, ScalesLoss = Precision == Precision.F16 };
}
