using System.Collections.Immutable;
using STUNet.Core;

namespace STUNet.Model;

/// <summary>What holds for every sound manifest, read or about to be written.</summary>
internal static class ManifestRules
{
    private const int MaxPatchSide = 4096;
    private const int MaxTextLength = 4096;
    private static readonly string[] V2Schemes =
        ["CTNormalization", "ZScoreNormalization", "NoNormalization", "RescaleTo01Normalization", "RGBTo01Normalization"];

    public static void Check(ModelManifest manifest, string path)
    {
        void Require(bool condition, string field, string problem)
        {
            if (!condition)
                throw new InvalidFileException(path, field, problem);
        }

        CheckGeometry(manifest, Require);
        CheckChannels(manifest, Require);
        CheckRegions(manifest, Require);
        CheckFiles(manifest, Require);
        foreach ((int value, string name) in manifest.Labels)
        {
            Require(value is >= 0 and <= ushort.MaxValue, $"labels.{value}", "label values are 0 to 65535");
            Require(name.Length is > 0 and <= MaxTextLength, $"labels.{value}", "the name is empty or too long");
        }

        Require(manifest.Trainer.Length <= MaxTextLength, "trainer", "the text is too long");
        Require(manifest.Licence.Length <= MaxTextLength, "licence", "the text is too long");
        Require(manifest.Converter.Length <= MaxTextLength, "converter", "the text is too long");
        Require(manifest.Export.InterpolationOrder is >= 0 and <= 5, "export.interpolationOrder", $"expected 0 to 5, found {manifest.Export.InterpolationOrder}");
        Require(manifest.Export.InterpolationOrderZ is >= 0 and <= 5, "export.interpolationOrderZ", $"expected 0 to 5, found {manifest.Export.InterpolationOrderZ}");
        Require(manifest.ElementType is ElementType.F32 or ElementType.F16 or ElementType.BF16, "dtype", "expected F32, F16 or BF16");
    }

    private static void CheckGeometry(ModelManifest manifest, Action<bool, string, string> require)
    {
        Int3 stride = manifest.Architecture.TotalStride;
        for (int axis = 0; axis < 3; axis++)
        {
            int side = manifest.PatchSize[axis];
            require(side is >= 1 and <= MaxPatchSide, $"patchSize[{axis}]", $"expected 1 to {MaxPatchSide}, found {side}");
            require(side % stride[axis] == 0, $"patchSize[{axis}]", $"expected a multiple of the strides' product {stride[axis]}, found {side}");
        }

        require(manifest.SpacingMm.Length == 3, "spacingMm", $"expected 3 values, found {manifest.SpacingMm.Length}");
        for (int axis = 0; axis < 3; axis++)
            require(manifest.SpacingMm[axis] is > 1e-6 and < 1e6, $"spacingMm[{axis}]", $"expected a length in mm, found {manifest.SpacingMm[axis]:R}");
        require(IsPermutation(manifest.TransposeForward), "transposeForward", "expected a permutation of 0, 1, 2");
        require(IsPermutation(manifest.TransposeBackward), "transposeBackward", "expected a permutation of 0, 1, 2");
        for (int axis = 0; axis < 3; axis++)
        {
            require(
                manifest.TransposeForward[manifest.TransposeBackward[axis]] == axis,
                "transposeBackward",
                $"expected the inverse of transposeForward, found [{string.Join(", ", manifest.TransposeBackward)}]");
        }

        require(
            manifest.MirrorAxes.Distinct().Count() == manifest.MirrorAxes.Length && manifest.MirrorAxes.All(axis => axis is >= 0 and <= 2),
            "mirrorAxes",
            "expected distinct axes of 0, 1, 2");
    }

    private static void CheckChannels(ModelManifest manifest, Action<bool, string, string> require)
    {
        int channels = manifest.Architecture.InputChannels;
        require(manifest.Channels.Length == channels, "channels", $"the network has {channels} input channels, found {manifest.Channels.Length} entries");
        for (int i = 0; i < manifest.Channels.Length; i++)
        {
            ChannelNormalization channel = manifest.Channels[i];
            require(channel.Name.Length <= MaxTextLength, $"channels[{i}].name", "the text is too long");
            require(
                manifest.Nnunet == NnunetVersion.V1 ? channel.Scheme.Length is > 0 and <= 64 : V2Schemes.Contains(channel.Scheme),
                $"channels[{i}].normalization",
                $"unknown scheme \"{channel.Scheme}\"");
            if (channel.Intensity is { } intensity)
            {
                require(
                    double.IsFinite(intensity.Mean) && double.IsFinite(intensity.Median) && double.IsFinite(intensity.Min) && double.IsFinite(intensity.Max)
                    && double.IsFinite(intensity.Percentile005) && double.IsFinite(intensity.Percentile995),
                    $"channels[{i}].intensity",
                    "expected finite numbers");
                require(
                    double.IsFinite(intensity.StandardDeviation) && intensity.StandardDeviation >= 0,
                    $"channels[{i}].intensity.standardDeviation",
                    $"expected 0 or more, found {intensity.StandardDeviation:R}");
                require(
                    channel.Scheme != "CT" || intensity.StandardDeviation > 0,
                    $"channels[{i}].intensity.standardDeviation",
                    "normalization CT divides by it, so it must be above 0");
                require(
                    intensity.Percentile005 <= intensity.Percentile995,
                    $"channels[{i}].intensity.percentile995",
                    $"expected at least percentile005 = {intensity.Percentile005:R}, found {intensity.Percentile995:R}");
            }

            require(
                channel.Intensity is not null || channel.Scheme is not ("CT" or "CT2" or "CTNormalization"),
                $"channels[{i}].intensity",
                $"normalization {channel.Scheme} needs the intensity properties");
        }
    }

    private static void CheckRegions(ModelManifest manifest, Action<bool, string, string> require)
    {
        if (manifest.Regions.IsEmpty)
            return;
        int outputs = manifest.Architecture.Classes;
        require(manifest.Nnunet == NnunetVersion.V2, "regions", "only models of nnU-Net v2 have regions");
        require(manifest.Regions.Length == outputs, "regions", $"the network has {outputs} outputs, found {manifest.Regions.Length} regions");
        for (int i = 0; i < manifest.Regions.Length; i++)
        {
            OutputRegion region = manifest.Regions[i];
            require(region.Name.Length is > 0 and <= MaxTextLength, $"regions[{i}].name", "the name is empty or too long");
            require(!region.Labels.IsDefaultOrEmpty, $"regions[{i}].labels", "expected at least one label");
            foreach (int label in region.Labels.Append(region.Label))
                require(label is >= 1 and <= ushort.MaxValue, $"regions[{i}]", $"label values are 1 to {ushort.MaxValue}, found {label}");
        }
    }

    private static void CheckFiles(ModelManifest manifest, Action<bool, string, string> require)
    {
        require(manifest.Folds.Length > 0, "folds", "expected at least one");
        for (int i = 0; i < manifest.Folds.Length; i++)
        {
            FoldFile fold = manifest.Folds[i];
            require(fold.Name.Length is > 0 and <= 64, $"folds[{i}].name", "the name is empty or too long");
            require(
                fold.File.Length is > 0 and <= 255 && fold.File is not ("." or "..") && fold.File.IndexOfAny(['/', '\\', ':', '\0']) < 0,
                $"folds[{i}].file",
                "expected a file name without a folder");
            require(fold.Sha256 is null || FileHash.IsSha256(fold.Sha256), $"folds[{i}].sha256", FileHash.Expected);
        }

        require(manifest.Folds.DistinctBy(fold => fold.Name).Count() == manifest.Folds.Length, "folds", "two folds have the same name");
        require(manifest.Folds.DistinctBy(fold => fold.File).Count() == manifest.Folds.Length, "folds", "two folds have the same file");
        for (int i = 0; i < manifest.Sources.Length; i++)
        {
            SourceFile source = manifest.Sources[i];
            require(source.File.Length is > 0 and <= MaxTextLength, $"sources[{i}].file", "the name is empty or too long");
            require(source.Bytes >= 0, $"sources[{i}].bytes", $"expected 0 or more, found {source.Bytes}");
            require(FileHash.IsSha256(source.Sha256), $"sources[{i}].sha256", FileHash.Expected);
        }
    }

    private static bool IsPermutation(ImmutableArray<int> axes) => !axes.IsDefault && axes.Order().SequenceEqual([0, 1, 2]);
}
