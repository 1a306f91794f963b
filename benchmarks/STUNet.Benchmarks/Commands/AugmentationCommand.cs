using System.Diagnostics;
using STUNet.Benchmarks.Measuring;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Model;
using STUNet.Training;

namespace STUNet.Benchmarks;

/// <summary>
/// <c>augmentation [--patch ZxYxX] [--samples n] [--repeats n] [--workers n]</c>: the time of every augmentation step on its own, one thread, on a patch of
/// a synthetic CT of one channel and four labels (128x128x128 by default); then the mean time of whole training samples as the stream delivers them, cut,
/// augmented with the probabilities of nnU-Net and with targets on five scales, in batches of two.
/// </summary>
internal sealed class AugmentationCommand(CancellationToken cancellation)
{
    private const int BatchSize = 2;
    private static readonly Int3[] Strides = [new(1, 1, 1), new(2, 2, 2), new(2, 2, 2), new(2, 2, 2), new(2, 2, 2), new(2, 2, 2)];

    public int Run(string[] args)
    {
        CommandOptions given = new(args, "--patch", "--samples", "--repeats", "--workers");
        Int3 patch = given.Size("--patch", new Int3(128, 128, 128));
        int samples = given.Number("--samples", 100, 1);
        int repeats = given.Number("--repeats", 15, 1);
        int workers = given.Number("--workers", 1, 1);
        bool inPlane = LoaderPatch.IsAugmentedInPlane(patch);
        Int3 loader = LoaderPatch.Enlarged(patch, inPlane);
        SyntheticCase source = new(Int3.From(axis => loader[axis] * 3 / 2));
        Console.WriteLine($"{Machine.Cpu}, patch {patch}, loaded {loader}, case {source.Size}{(inPlane ? ", 2D" : "")}, commit {Machine.Commit}");
        Steps(source, patch, loader, inPlane, repeats);
        Stream(source, patch, inPlane, samples, workers);
        return 0;
    }

    private void Steps(SyntheticCase source, Int3 patch, Int3 loader, bool inPlane, int repeats)
    {
        using AugmentationScratch scratch = new();
        SamplePatch loaded = new(1, loader);
        SamplePatch target = new(1, patch);
        Int3 start = Int3.From(axis => (source.Size[axis] - loader[axis]) / 2);
        Median("cut the loaded patch", repeats, () => source.Cut(start, loaded));
        (string Name, SpatialTransform Transform)[] transforms =
        [
            ("rotation by 30 degrees", new(new(Math.PI / 6, inPlane ? 0 : Math.PI / 6, inPlane ? 0 : Math.PI / 6), null, inPlane)),
            ("scale 0.7", new(null, 0.7, inPlane)),
            ("scale 1.4", new(null, 1.4, inPlane)),
        ];
        foreach ((string name, SpatialTransform transform) in transforms)
            Median(name, repeats, () => transform.Apply(loaded, target, scratch));
        (string Name, IAugmentation Step)[] steps =
        [
            ("noise", new GaussianNoise(0.05, 1)),
            ("blur, sigma 1", new GaussianBlur([1])),
            ("brightness", new BrightnessScaling([1.01])),
            ("contrast", new ContrastScaling([1.01])),
            ("low resolution, zoom 0.75", new LowResolution([0.75], inPlane)),
            ("gamma", new GammaCorrection([1.1], IsInverted: false)),
            ("mirror, all axes", new Mirroring([true, true, true])),
            ("mask", new NonzeroMask([true])),
            ("label -1 to 0", new OutsideLabelRemoval()),
        ];
        foreach ((string name, IAugmentation step) in steps)
            Median(name, repeats, () => step.Apply(target, scratch));
        DeepSupervisionTargets targets = new(patch, Strides, NnunetVersion.V2);
        short[][] scales = [.. targets.Sizes.Select((_, scale) => new short[targets.Length(scale)])];
        Median("targets", repeats, () =>
        {
            for (int scale = 0; scale < scales.Length; scale++)
                targets.Write(target.Labels.Span, scale, scales[scale], scratch);
        });
    }

    private void Stream(SyntheticCase source, Int3 patch, bool inPlane, int samples, int workers)
    {
        using SampleStream stream = new([source], new SampleStreamSettings
        {
            Version = NnunetVersion.V2,
            Patch = patch,
            BatchSize = BatchSize,
            BatchesPerEpoch = 250,
            Targets = new DeepSupervisionTargets(patch, Strides, NnunetVersion.V2),
            InPlane = inPlane,
            MaskedChannels = [true],
            Workers = workers,
            Seed = 1,
        });

        // The batches prepared before the clock starts are as many as are being prepared when it stops.
        for (int warmUp = 0; warmUp < 5; warmUp++)
            stream.Next(cancellation);
        int batches = (samples + BatchSize - 1) / BatchSize;
        long begin = Stopwatch.GetTimestamp();
        for (int batch = 0; batch < batches; batch++)
            stream.Next(cancellation);
        double meanMs = Stopwatch.GetElapsedTime(begin).TotalMilliseconds / (batches * BatchSize);
        Console.WriteLine($"{"mean of whole samples",-28} {meanMs,8:F1} ms  ({batches * BatchSize} samples, {workers} worker{(workers == 1 ? "" : "s")})");
    }

    private void Median(string name, int repeats, Action work)
    {
        work();
        double[] times = new double[repeats];
        for (int i = 0; i < repeats; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            long begin = Stopwatch.GetTimestamp();
            work();
            times[i] = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
        }

        Array.Sort(times);
        Console.WriteLine($"{name,-28} {times[repeats / 2],8:F1} ms  (least {times[0]:F1})");
    }

    private sealed class SyntheticCase : ITrainingCase
    {
        private readonly float[] _image;
        private readonly short[] _labels;

        public SyntheticCase(Int3 size)
        {
            Size = size;
            _image = SyntheticCt.Create(size, new Spacing(1.5, 1.5, 1.5)).Voxels.ToArray();
            _labels = new short[_image.Length];
            for (int i = 0; i < _image.Length; i++)
            {
                _labels[i] = (short)(_image[i] < -950 ? -1 : _image[i] < -500 ? 1 : _image[i] > 300 ? 2 : 3);
                _image[i] /= 400;
            }

            Locations = ClassLocations.Find(_labels, size, [[1], [2], [3]]);
        }

        public Int3 Size { get; }

        public int Channels => 1;

        public ClassLocations Locations { get; }

        public ReadOnlySpan<short> Labels => _labels;

        public ReadOnlySpan<float> Channel(int channel) => _image;

        public void Cut(Int3 start, SamplePatch patch)
        {
            PatchCropping.Crop(_image, Size, start, patch.Channel(0).Span, patch.Size, 0f);
            PatchCropping.Crop(_labels, Size, start, patch.Labels.Span, patch.Size, PatchCropping.OutsideLabel);
        }
    }
}
