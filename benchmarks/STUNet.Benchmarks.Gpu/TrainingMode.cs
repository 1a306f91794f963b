using STUNet.Training;

namespace STUNet.Benchmarks.Gpu;

/// <summary>A way to train that a step is timed in.</summary>
/// <param name="Name">What results call it.</param>
/// <param name="Configure">Changes the settings of a step of float32; null where this build cannot train so.</param>
/// <param name="Absence">Why not.</param>
internal sealed record TrainingMode(string Name, Func<TrainingStepSettings, TrainingStepSettings>? Configure, string Absence = "")
{
    private const string NoMixedPrecision = "this build does not train in mixed precision";

    /// <summary>Every way, the fastest first.</summary>
    public static IReadOnlyList<TrainingMode> All { get; } =
    [
        new("f16", null, NoMixedPrecision),
        new("bf16", null, NoMixedPrecision),
        new("f32", settings => settings),
    ];
}
