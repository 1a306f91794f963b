using STUNet.Core;
using STUNet.Imaging.Preprocessing;

namespace STUNet.TestKit.Segmentation;

/// <summary>
/// The demo model and the volumes that it is proved and measured with: from the folder that <c>STUNET_VOLUMES</c> names, or from the repository's samples/demo and, for the real CT, shared/data beside it.
/// </summary>
public static class SampleVolumes
{
    private static readonly string? Folder = Environment.GetEnvironmentVariable("STUNET_VOLUMES");
    private static readonly string? Demo = Folder ?? RepositoryRoot.Below("samples", "demo");
    private static readonly string? Shared = Folder ?? (RepositoryRoot.Shared is { } shared ? Path.Combine(shared, "data", "totalsegmentator-tests") : null);

    /// <summary>The part of the phantom that is one patch of the demo model, 144x144x191 mm (z, y, x); all eight structures reach into it.</summary>
    public static CropBox OnePatch { get; } = new(new Int3(20, 26, 40), new Int3(36, 80, 106));

    /// <summary>The demo model's folder; null where it is absent.</summary>
    public static string? DemoModel { get; } = Demo is not null && Directory.Exists(Path.Combine(Demo, "model")) ? Path.Combine(Demo, "model") : null;

    /// <summary>A phantom that the demo model was not trained with, and the labels it was made from; null where it is absent.</summary>
    public static SampleVolume? Phantom { get; } = Find(Demo, "phantom_01_0000.nii.gz", "phantom_01_truth.nii.gz");

    /// <summary>
    /// A real CT, 122x101x112 voxels (x, y, z) of 3 mm; null where it is absent. Without labels: the demo model, which has seen phantoms only, is right about little of it (Dice at most 0.28).
    /// </summary>
    public static SampleVolume? RealCt { get; } = Find(Shared, "example_ct.nii.gz", null);

    private static SampleVolume? Find(string? folder, string image, string? truth) => folder is not null && File.Exists(Path.Combine(folder, image))
        ? new SampleVolume(Path.Combine(folder, image), truth is null ? null : Path.Combine(folder, truth))
        : null;
}
