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
        ("ops/*:*.dy", "gradients: the backward pass"),
        ("ops/*:*.grad.*", "gradients: the backward pass"),
        ("ops/losses.safetensors*", "losses: training"),
        ("train/*", "training"),
        ("infer/sliding.safetensors:*.v2", "nnU-Net v2 pipeline"),
        ("infer/sliding.safetensors:*.v2half", "nnU-Net v2 pipeline, half-precision buffers"),
        ("e2e/*:v2.*", "nnU-Net v2 pipeline"),
        ("e2e/*:v2half.*", "nnU-Net v2 pipeline, half-precision buffers"),
    ];

    /// <summary>Of the set about what surrounds the network.</summary>
    public static IReadOnlyList<(string Pattern, string Reason)> Nnunet { get; } =
    [
        ("infer/*:v2.*", "nnU-Net v2 pipeline"),
        ("infer/*:v2half.*", "nnU-Net v2 pipeline, half-precision buffers"),
        ("plan/*", "experiment planning"),
        ("fingerprint/*", "dataset fingerprint: experiment planning"),
        ("splits/*", "cross-validation splits: training"),
        ("sampling/*", "patch sampling: training"),
        ("augment/*", "augmentation: training"),
        ("targets/*", "deep-supervision targets: training"),
        ("losses/*", "losses: training"),
        ("schedule/*", "learning rate and online evaluation: training"),
        ("post/*", "postprocessing by connected components"),
        ("eval/*", "evaluation"),
        ("labels/*", "label unification of data sets"),
    ];
}
