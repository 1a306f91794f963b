using System.Collections.Immutable;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Imaging.Preprocessing;
using STUNet.Inference;
using STUNet.Model;

namespace STUNet.Tests.Inference;

/// <summary>The streamed pipeline, head fused into the accumulator, against whole arrays in double precision.</summary>
public sealed class StreamingEqualsUnstreamedTests
{
    // Where the two best probabilities, or logits of the same order, differ by less, binary32 sums of some hundred terms (each 6e-8) may decide.
    private const double NearTie = 2e-5;

    /// <summary>Name, size (z, y, x), spacing, transpose, channels, folds, classes, step, mirroring, border of zeros.</summary>
    public static TheoryData<string, int[], double[], int[], int, int, int, double, bool, int> Cases => new()
    {
        { "several windows on every axis, up and down; cropped", [14, 20, 12], [1.4, 0.7, 1.2], [0, 1, 2], 1, 1, 4, 0.5, true, 1 },
        { "transposed, two folds; cropped", [11, 16, 9], [1.5, 0.8, 1.3], [2, 0, 1], 1, 2, 3, 0.5, true, 2 },
        { "same grid: nothing is resampled", [13, 9, 17], [1, 1, 1], [0, 1, 2], 1, 1, 9, 1.0, false, 0 },
        { "smaller than the patch on every axis", [5, 6, 4], [1.1, 0.9, 1.0], [0, 1, 2], 1, 1, 3, 0.5, true, 0 },
        { "two slices", [2, 19, 15], [1.6, 0.9, 1.1], [0, 1, 2], 1, 1, 3, 0.5, false, 0 },
        { "one slice becomes several, separate z", [1, 15, 18], [4.0, 1.2, 0.8], [1, 2, 0], 1, 1, 3, 0.5, false, 0 },
        { "three channels, separate z, seventeen classes", [6, 14, 13], [4.0, 1.0, 1.2], [0, 1, 2], 3, 1, 17, 0.7, false, 0 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Segment_SmallVolume_LabelsEqualWholeArrays(
        string what, int[] size, double[] spacing, int[] forward, int channels, int folds, int classes, double step, bool mirroring, int border)
    {
        using CpuDevice device = new(2);
        foreach (NnunetVersion version in Enum.GetValues<NnunetVersion>())
            Check(device, version, what, size, spacing, forward, channels, folds, classes, step, mirroring, border);
    }

    [Fact]
    public void Segment_OnOpenCl_LabelsEqualWholeArrays()
    {
        foreach (NnunetVersion version in Enum.GetValues<NnunetVersion>())
            Check(OpenCl.Device, version, "OpenCL", [14, 15, 12], [1.4, 0.8, 1.2], [1, 0, 2], channels: 2, folds: 2, classes: 4, step: 0.6, mirroring: true, border: 1);
    }

    private static void Check(
        Device device, NnunetVersion version, string what, int[] size, double[] spacing, int[] forward, int channels, int folds, int classes, double step, bool mirroring, int border)
    {
        ModelManifest manifest = SegmenterCases.Manifest(channels, [.. forward], classes: classes, version: version);
        Volume[] image = SegmenterCases.Image(new Int3(size[0], size[1], size[2]), new Spacing(spacing[0], spacing[1], spacing[2]), channels, border);
        SeededParameters[] parameters = [.. Enumerable.Range(0, folds).Select(fold => new SeededParameters(manifest.Architecture, $"fold {fold}"))];
        using SegmentationModel model = new(manifest, parameters);
        using Segmenter segmenter = new(model, device, new SegmenterOptions { StepSize = step, Mirroring = mirroring });
        LabelVolume labels = segmenter.Segment(image).Labels;

        using WorkerPool workers = new(2);
        using PreprocessedCase volume = new CasePreprocessor(manifest, step, workers).Run(image, new StepClock(), CancellationToken.None);
        double[] means = new UnstreamedReference(manifest, parameters, step, mirroring).Means(volume);
        Assert.Equal(new CropBox(new Int3(border, border, border), new Int3(size[0], size[1], size[2])), volume.Geometry.Box);
        Int3 cropped = volume.Geometry.CroppedInNetworkOrder;
        int compared = 0;
        HashSet<uint> seen = [];
        for (long i = 0; i < cropped.Product; i++)
        {
            double[] voxel = [.. Enumerable.Range(0, classes).Select(k => means[(k * cropped.Product) + i])];
            double[] sorted = [.. voxel.OrderDescending()];
            if (sorted[0] - sorted[1] < NearTie)
                continue;
            Int3 at = InImage(i, volume.Geometry, manifest.TransposeForward);
            uint found = labels[at.D, at.H, at.W];
            Assert.True(found == Array.IndexOf(voxel, sorted[0]), $"{what}: voxel {at}: label {found}, means {string.Join(' ', voxel)}");
            seen.Add(found);
            compared++;
        }

        Assert.True(compared > 0.99 * cropped.Product, $"{what}: only {compared} of {cropped.Product} voxels are clear");
        Assert.True(seen.Count > 1, $"{what}: one label everywhere proves nothing");
        AssertBackgroundOutside(labels, volume.Geometry.Box, what);
    }

    private static void AssertBackgroundOutside(LabelVolume labels, CropBox box, string what)
    {
        for (int i = 0; i < labels.Size.Product; i++)
        {
            Int3 at = new(i / (labels.Size.H * labels.Size.W), i / labels.Size.W % labels.Size.H, i % labels.Size.W);
            bool outside = Enumerable.Range(0, 3).Any(axis => at[axis] < box.Start[axis] || at[axis] >= box.Start[axis] + box.Size[axis]);
            Assert.False(outside && labels[at.D, at.H, at.W] != 0, $"{what}: a label at {at}, outside of the nonzero box");
        }
    }

    private static Int3 InImage(long index, CaseGeometry geometry, ImmutableArray<int> forward)
    {
        Int3 size = geometry.CroppedInNetworkOrder;
        int[] at = new int[3];
        at[forward[0]] = (int)(index / ((long)size.H * size.W));
        at[forward[1]] = (int)(index / size.W % size.H);
        at[forward[2]] = (int)(index % size.W);
        return Int3.From(axis => geometry.Box.Start[axis] + at[axis]);
    }
}
