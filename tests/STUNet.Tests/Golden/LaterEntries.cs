namespace STUNet.Tests.Golden;

/// <summary>
/// The golden entries that belong to work not yet done, each with the reason; the only lists of their kind. An entry is <c>file</c>,
/// <c>file#case</c> or <c>file:tensor</c>; <c>*</c> stands for any text. Whoever does the work deletes the line.
/// </summary>
internal static class LaterEntries
{
    /// <summary>Of the set about the network.</summary>
    public static IReadOnlyList<(string Pattern, string Reason)> Main { get; } =
    [
        ("infer/sliding.safetensors:*.v2", "nnU-Net v2 pipeline"),
        ("infer/sliding.safetensors:*.v2half", "nnU-Net v2 pipeline, half-precision buffers"),
        ("e2e/*:v2.window.*", "nnU-Net v2 pipeline"),
        ("e2e/*:v2.resampled_back.*", "nnU-Net v2 pipeline"),
        ("e2e/*:v2.labels", "nnU-Net v2 pipeline"),
        ("e2e/*:v2.ambiguous", "nnU-Net v2 pipeline"),
        ("e2e/*:v2half.*", "nnU-Net v2 pipeline, half-precision buffers"),
    ];

    /// <summary>Of the set about what surrounds the network.</summary>
    public static IReadOnlyList<(string Pattern, string Reason)> Nnunet { get; } =
    [
        ("infer/*:v2.logits", "nnU-Net v2 pipeline"),
        ("infer/*:v2.prob_*", "nnU-Net v2 pipeline"),
        ("infer/*:v2.seg", "nnU-Net v2 pipeline"),
        ("infer/*:v2.ambiguous", "nnU-Net v2 pipeline"),
        ("infer/*:v2half.*", "nnU-Net v2 pipeline, half-precision buffers"),
    ];
}
