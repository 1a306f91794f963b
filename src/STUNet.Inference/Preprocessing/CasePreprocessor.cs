using STUNet.Core;
using STUNet.Imaging;
using STUNet.Imaging.Preprocessing;
using STUNet.Model;

namespace STUNet.Inference;

/// <summary>
/// Preprocessing by the model's rules: crop to nonzero, transpose, resample (order 3) and normalise, pad with zeros to the patch. Holds no state of a case.
/// </summary>
internal sealed unsafe class CasePreprocessor(ModelManifest manifest, double stepSize, WorkerPool workers)
{
    private readonly InferenceRules _rules = InferenceRules.Of(manifest);

    private bool UsesMask => manifest.Channels.Any(channel => channel.UseMask);

    /// <summary>Prepares a volume for the network.</summary>
    /// <param name="channels">Its channels, checked (<see cref="ChannelCheck"/>); only read.</param>
    /// <param name="clock">Counts the time of the steps.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <exception cref="InvalidRequestException">The volume does not fit the model.</exception>
    public PreprocessedCase Run(IReadOnlyList<Volume> channels, StepClock clock, CancellationToken cancellation)
    {
        Int3 size = channels[0].Size;
        NonzeroRegion region = NonzeroRegion.Find([.. channels.Select(channel => (ReadOnlyMemory<float>)channel.Memory)], size, workers);
        CaseGeometry geometry = new(manifest, channels[0].Geometry, _rules.Box(region));
        WindowGrid grid = new(geometry.NetworkSize, manifest.PatchSize, stepSize);
        clock.Lap(SegmentationStep.Cropping);
        sbyte[] outside = UsesMask ? Outside(region, geometry) : [];
        ChannelPreprocessor preprocessor = new(geometry.Grid, _rules.NormalizationTime, workers);
        CpuMemory padded = new(grid.Padded.Product * channels.Count * sizeof(float));
        try
        {
            for (int channel = 0; channel < channels.Count; channel++)
            {
                cancellation.ThrowIfCancellationRequested();
                float* target = (float*)padded.Pointer + (channel * grid.Padded.Product);
                using NativeFloats voxels = IsPadded(grid) ? new(geometry.NetworkSize) : new(target, geometry.NetworkSize);
                preprocessor.Run(channels[channel].Memory, size, voxels.Memory, Rule(manifest.Channels[channel]), outside, Lap);
                if (IsPadded(grid))
                    Pad(voxels.GetSpan(), grid, target);
                clock.Lap(SegmentationStep.Normalisation);
            }
        }
        catch
        {
            padded.Dispose();
            throw;
        }

        return new PreprocessedCase(geometry, grid, padded);

        void Lap(PreprocessingStep step) => clock.Lap(step == PreprocessingStep.Resampling ? SegmentationStep.Resampling : SegmentationStep.Normalisation);
    }

    /// <summary>Bytes needed while preprocessing, beside the image, the masks and the result: what one channel takes after the other.</summary>
    /// <param name="geometry">The sizes.</param>
    public static long ScratchBytes(CaseGeometry geometry)
    {
        Int3 network = geometry.NetworkSize;
        int copies = geometry.Forward.IsIdentity ? 1 : 2;
        // Crop (should there be anything to crop) and transpose in binary32, planes resized along y and x in binary64, the channel before padding in
        // binary32: cropping may make it smaller than the patch, so it is counted even if the whole image would need no padding.
        return (copies * geometry.Box.Size.Product * sizeof(float)) + ((long)geometry.CroppedInNetworkOrder.D * network.H * network.W * sizeof(double))
            + (network.Product * sizeof(float));
    }

    /// <summary>Bytes of masks: where the image is not zero and, where a channel is normalised inside of it, what lies outside.</summary>
    /// <param name="geometry">The sizes.</param>
    public long MaskBytes(CaseGeometry geometry) => geometry.Image.Size.Product
        + (UsesMask ? (3 * geometry.Box.Size.Product) + geometry.NetworkSize.Product : 0);

    /// <summary>Puts a volume into the middle of zeros.</summary>
    /// <param name="voxels">The volume.</param>
    /// <param name="grid">Sizes.</param>
    /// <param name="target">Receives the padded volume.</param>
    internal static void Pad(ReadOnlySpan<float> voxels, WindowGrid grid, float* target)
    {
        (Int3 size, Int3 padded, Int3 before) = (grid.Volume, grid.Padded, grid.Before);
        for (int z = 0; z < padded.D; z++)
        {
            for (int y = 0; y < padded.H; y++)
            {
                Span<float> row = new(target + (((long)z * padded.H) + y) * padded.W, padded.W);
                (int fromZ, int fromY) = (z - before.D, y - before.H);
                row.Clear();
                if (fromZ >= 0 && fromZ < size.D && fromY >= 0 && fromY < size.H)
                    voxels.Slice(((fromZ * size.H) + fromY) * size.W, size.W).CopyTo(row[before.W..]);
            }
        }
    }

    private static bool IsPadded(WindowGrid grid) => grid.Padded != grid.Volume;

    private sbyte[] Outside(NonzeroRegion region, CaseGeometry geometry)
    {
        sbyte[] marks = region.OutsideMarks(geometry.Box);
        sbyte[] transposed = new sbyte[marks.Length];
        geometry.Forward.Apply<sbyte>(marks, geometry.Box.Size, transposed, workers);
        return _rules.MarksForNormalising(transposed, geometry.Grid, workers);
    }

    private IntensityRule Rule(ChannelNormalization channel) => new(
        _rules.Scheme(channel.Scheme),
        channel.UseMask,
        channel.Intensity is { } known ? new IntensityStatistics(known.Mean, known.StandardDeviation, known.Percentile005, known.Percentile995) : null);
}
