using STUNet.Core;
using STUNet.Engine;
using STUNet.Imaging;
using STUNet.Imaging.Preprocessing;
using STUNet.Inference;
using STUNet.Kernels;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.TestKit.Ops;

namespace STUNet.Tests.Gpu;

/// <summary>
/// Voxels labelled on the device beside the same sums labelled on the host. Both do the same operations in the same order in single precision; the device's compiler may contract a product and a sum into one
/// rounding, and divisions of OpenCL may be off by 2.5 units in the last place. So only voxels where two classes are equal but for some units in the last place may differ.
/// </summary>
public sealed class DeviceLabelsGpuTests
{
    private const double LeastAgreement = 0.9999;

    /// <summary>The demo model on part of its volume, which it resamples along every axis.</summary>
    [Fact]
    public void Take_DemoModel_LabelsOfTheHost()
    {
        string demo = Path.Combine(RepositoryRoot.Path, "samples", "demo");
        using SegmentationModel model = SegmentationModel.Open(Path.Combine(demo, "model"));
        Volume whole = VolumeFile.Read(Path.Combine(demo, "phantom_01_0000.nii.gz"));
        CropBox part = new(new(20, 26, 40), new(36, 80, 106));
        Volume image = new(new VolumeGeometry(part.Size, whole.Geometry.Spacing));
        part.CopyFrom<float>(whole.Voxels, whole.Size, image.Voxels);
        Compare(model.Manifest, model.Parameters[0], image, new SegmenterOptions { Mirroring = false, StepSize = 1 }, leastLabels: 5);
    }

    /// <summary>Several rows of windows, padding on both sides of a thin axis, a transpose, mirroring; of 105 classes many are nearly as probable.</summary>
    [Theory]
    [InlineData(NnunetVersion.V1, 105)]
    [InlineData(NnunetVersion.V2, 13)]
    public void Take_ManyWindowsOfASmallNetwork_LabelsOfTheHost(NnunetVersion version, int classes)
    {
        ModelManifest manifest = new()
        {
            Architecture = new StuNetConfig(1, classes, [4, 8], [1, 1], [new Int3(2, 2, 2)]),
            PatchSize = new Int3(8, 16, 12),
            SpacingMm = [1.5, 1, 1.2],
            TransposeForward = [1, 0, 2],
            TransposeBackward = [1, 0, 2],
            Channels = [new ChannelNormalization("", version == NnunetVersion.V1 ? "nonCT" : "ZScoreNormalization", false, null)],
            Nnunet = version,
            MirrorAxes = [1],
            ElementType = ElementType.F32,
            Folds = [new FoldFile("0", "fold_0.safetensors")],
        };
        VolumeGeometry geometry = new(new Int3(9, 33, 40), new Spacing(0.9, 0.8, 0.7));
        Volume image = new(geometry, OpCase.Uniform(geometry.Size.Product, "image"));
        Compare(manifest, new SeededParameters(manifest.Architecture, "labels"), image, new SegmenterOptions(), leastLabels: 5);
    }

    private static void Compare(ModelManifest manifest, IParameterSource parameters, Volume image, SegmenterOptions options, int leastLabels)
    {
        GpuDevice device = OpenCl.Device;
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        using WorkerPool workers = new(2);
        using PreprocessedCase volume = new CasePreprocessor(manifest, options.StepSize, workers).Run([image], new StepClock(), cancellation);
        CaseGeometry geometry = volume.Geometry;
        InferenceRules rules = InferenceRules.Of(manifest, options);
        AxisSampling[] sampling = geometry.ExportSampling(manifest.Export);
        int classes = manifest.Architecture.Classes;
        LabelVolume onDevice = new(image.Geometry);
        LabelVolume onHost = new(image.Geometry);
        using SliceInterpolator interpolator = new(geometry.NetworkSize, sampling, classes, rules.LabelRowsOf(manifest, Target(onHost)), workers);
        using NetworkPredictor network = new(device, StuNet.RecordWindow(manifest.Architecture, manifest.PatchSize, rules.Values), parameters, options.Plan);
        using AccumulatorMemory accumulators = new(device);
        new CasePredictor(manifest, options, device, workers, [network]).Stream(
            volume,
            sums => new Both(
                new DeviceLabels(device, workers, volume.Grid, sums.Rings[0], classes, sampling, Target(onDevice)), new HostSlices(device, volume.Grid, sums, interpolator)),
            accumulators,
            new StepClock(),
            null,
            cancellation);

        byte[] expected = onHost.As<byte>().ToArray();
        byte[] labels = onDevice.As<byte>().ToArray();
        int different = expected.Zip(labels).Count(pair => pair.First != pair.Second);
        TestContext.Current.TestOutputHelper!.WriteLine($"{different} of {expected.Length} voxels differ; {expected.Distinct().Count()} labels");
        Assert.True(expected.Distinct().Count() >= leastLabels, "too few labels to compare");
        Assert.InRange(1 - ((double)different / expected.Length), LeastAgreement, 1);

        LabelTarget Target(LabelVolume map) => new(map, geometry.Box.Start, manifest.TransposeForward);
    }

    private sealed class Both(IFinishedSlices one, IFinishedSlices other) : IFinishedSlices
    {
        public void Take(int first, int end, CancellationToken cancellation)
        {
            one.Take(first, end, cancellation);
            other.Take(first, end, cancellation);
        }

        public void Dispose()
        {
            one.Dispose();
            other.Dispose();
        }
    }
}
