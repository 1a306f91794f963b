using STUNet.Core;
using STUNet.Inference;
using STUNet.Model;

namespace STUNet.Benchmarks.Measuring;

/// <summary>A segmentation model of seeded weights: nnU-Net v1 rules, one CT channel normalised by its own mean and deviation, 1.5 mm.</summary>
internal static class SeededModel
{
    /// <summary>Makes the model.</summary>
    /// <param name="config">The architecture.</param>
    /// <param name="patch">Window size (z, y, x).</param>
    /// <param name="salt">Selects the weights.</param>
    public static SegmentationModel Of(StuNetConfig config, Int3 patch, string salt) => new(
        new ModelManifest
        {
            Architecture = config,
            PatchSize = patch,
            SpacingMm = [1.5, 1.5, 1.5],
            TransposeForward = [0, 1, 2],
            TransposeBackward = [0, 1, 2],
            Channels = [new ChannelNormalization("CT", "nonCT", false, null)],
            Nnunet = NnunetVersion.V1,
            MirrorAxes = [0, 1, 2],
            ElementType = ElementType.F32,
            Folds = [new FoldFile("0", "fold_0.safetensors")],
        },
        [new SeededParameters(config, salt)]);
}
