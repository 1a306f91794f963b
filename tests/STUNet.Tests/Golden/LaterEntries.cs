namespace STUNet.Tests.Golden;

/// <summary>
/// The golden entries that belong to work not yet done, each with the reason; the only list of its kind. An entry is <c>file</c>,
/// <c>file#case</c> or <c>file:tensor</c>; <c>*</c> stands for any text. Whoever does the work deletes the line.
/// </summary>
internal static class LaterEntries
{
    public static IReadOnlyList<(string Pattern, string Reason)> Patterns { get; } =
    [
        ("ops/*:*.dy", "gradients: the backward pass"),
        ("ops/*:*.grad.*", "gradients: the backward pass"),
        ("ops/losses.safetensors*", "losses: training"),
        ("train/*", "training"),
        ("infer/sliding.safetensors:*.v2", "nnU-Net v2 pipeline"),
        ("infer/sliding.safetensors:*.v2half", "nnU-Net v2 pipeline, half-precision buffers"),
        ("e2e/*:v2.*", "nnU-Net v2 pipeline"),
        ("e2e/*:v2half.*", "nnU-Net v2 pipeline, half-precision buffers"),
    ];
}
