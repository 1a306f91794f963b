using System.Collections.Immutable;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Imaging.Preprocessing;
using STUNet.Inference;
using STUNet.Model;
using STUNet.TestKit.Ops;

namespace STUNet.Tests.Inference;

/// <summary>A small model and images for tests of the segmenter itself.</summary>
internal static class SegmenterCases
{
    public const int Classes = 3;

    /// <summary>A tiny real network: patch 8x8x8, target 1 mm, mirrored along y.</summary>
    public static ModelManifest Manifest(int channels = 1, ImmutableArray<int> forward = default, Int3? patch = null, int classes = Classes, NnunetVersion version = NnunetVersion.V1)
    {
        ImmutableArray<int> transpose = forward.IsDefault ? [0, 1, 2] : forward;
        return new ModelManifest
        {
            Architecture = new StuNetConfig(channels, classes, [4, 8], [1, 1], [new Int3(2, 2, 2)]),
            PatchSize = patch ?? new Int3(8, 8, 8),
            SpacingMm = [1, 1, 1],
            TransposeForward = transpose,
            TransposeBackward = [.. Enumerable.Range(0, 3).Select(axis => transpose.IndexOf(axis))],
            Channels = [.. Enumerable.Range(0, channels).Select(_ => new ChannelNormalization("", version == NnunetVersion.V1 ? "nonCT" : "ZScoreNormalization", false, null))],
            Nnunet = version,
            MirrorAxes = [1],
            ElementType = ElementType.F32,
            Folds = [new FoldFile("0", "fold_0.safetensors")],
        };
    }

    /// <summary>A network that needs no plan.</summary>
    public static WindowPredictor StandIn(ModelManifest manifest, Action? onPass = null)
    {
        int classes = manifest.Architecture.Classes;
        int channels = manifest.Channels.Length;
        return new StandInPredictor(
            classes, channels, manifest.PatchSize, OpCase.Uniform(classes * channels, "A"), OpCase.Uniform(classes * 3, "B"), OpCase.Uniform(classes * channels, "D"), onPass, InferenceRules.Of(manifest).Values);
    }

    /// <summary>Channels without a zero, but for a border of zeros: so many planes before the image along every axis, twice as many behind.</summary>
    public static Volume[] Image(Int3 size, Spacing? spacing = null, int channels = 1, int border = 0)
    {
        Int3 whole = Int3.From(axis => size[axis] + (3 * border));
        VolumeGeometry geometry = new(whole, spacing ?? new Spacing(1.2, 0.9, 1.4));
        CropBox box = new(new Int3(border, border, border), size);
        return [.. Enumerable.Range(0, channels).Select(channel =>
        {
            Volume volume = new(geometry, new float[whole.Product]);
            box.CopyTo<float>(OpCase.Uniform((int)size.Product, $"image {channel}"), volume.Voxels, whole);
            return volume;
        })];
    }

    public static byte[] Bytes(SegmentationResult result) => result.Labels.As<byte>().ToArray();
}
