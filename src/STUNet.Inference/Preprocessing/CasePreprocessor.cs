using STUNet.Core;
using STUNet.Imaging;
using STUNet.Imaging.Preprocessing;
using STUNet.Model;

namespace STUNet.Inference;

/// <summary>
/// nnU-Net v1's preprocessing: crop to nonzero, transpose, resample (order 3), normalise, pad with zeros to the patch. Holds no state of a case.
/// </summary>
internal sealed unsafe class CasePreprocessor(ModelManifest manifest, double stepSize, WorkerPool workers)
{
    /// <summary>Prepares a volume for the network.</summary>
    /// <param name="channels">Its channels, checked (<see cref="ChannelCheck"/>); only read.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <exception cref="InvalidRequestException">The volume does not fit the model.</exception>
    public PreprocessedCase Run(IReadOnlyList<Volume> channels, CancellationToken cancellation)
    {
        Int3 size = channels[0].Size;
        NonzeroRegion region = NonzeroRegion.Find([.. channels.Select(channel => (ReadOnlyMemory<float>)channel.Memory)], size, workers);
        CaseGeometry geometry = new(manifest, channels[0].Geometry, region.RequireBox());
        WindowGrid grid = new(geometry.NetworkSize, manifest.PatchSize, stepSize);
        sbyte[] outside = manifest.Channels.Any(channel => channel.UseMask) ? Outside(region, geometry) : [];
        CpuMemory padded = new(grid.Padded.Product * channels.Count * sizeof(float));
        try
        {
            for (int channel = 0; channel < channels.Count; channel++)
            {
                cancellation.ThrowIfCancellationRequested();
                float[] voxels = Resampled(channels[channel], geometry);
                Normalise(voxels, manifest.Channels[channel], outside);
                Pad(voxels, grid, (float*)padded.Pointer + (channel * grid.Padded.Product));
            }
        }
        catch
        {
            padded.Dispose();
            throw;
        }

        return new PreprocessedCase(geometry, grid, padded);
    }

    /// <summary>Bytes needed while preprocessing, beside the image and the result.</summary>
    /// <param name="geometry">The sizes.</param>
    public long ScratchBytes(CaseGeometry geometry)
    {
        long voxels = geometry.Box.Size.Product;
        Int3 network = geometry.NetworkSize;
        long copies = (geometry.Box.Size == geometry.Image.Size ? 0 : 1) + (geometry.Forward.IsIdentity ? 0 : 1);
        long marks = manifest.Channels.Any(channel => channel.UseMask) ? (3 * voxels) + network.Product : 0;
        // One byte per voxel of nonzero mask, crop and transpose as floats, planes resized in y and x as doubles, the resized channel.
        return geometry.Image.Size.Product + (copies * voxels * sizeof(float)) + marks
            + ((long)geometry.CroppedInNetworkOrder.D * network.H * network.W * sizeof(double)) + (network.Product * sizeof(float));
    }

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

    private float[] Resampled(Volume channel, CaseGeometry geometry)
    {
        ReadOnlyMemory<float> cropped = channel.Memory;
        if (geometry.Box.Size != channel.Size)
        {
            float[] inside = new float[geometry.Box.Size.Product];
            geometry.Box.CopyFrom(channel.Voxels, channel.Size, inside.AsSpan());
            cropped = inside;
        }

        if (!geometry.Forward.IsIdentity)
        {
            float[] transposed = new float[cropped.Length];
            geometry.Forward.Apply(cropped, geometry.Box.Size, transposed.AsMemory(), workers);
            cropped = transposed;
        }

        float[] resampled = new float[geometry.NetworkSize.Product];
        ImageResampler.Resample(
            cropped, geometry.CroppedInNetworkOrder, resampled, geometry.NetworkSize, InterpolationOrder.Cubic, geometry.SeparateAxis, workers);
        return resampled;
    }

    private sbyte[] Outside(NonzeroRegion region, CaseGeometry geometry)
    {
        sbyte[] marks = region.OutsideMarks(geometry.Box);
        sbyte[] transposed = new sbyte[marks.Length];
        geometry.Forward.Apply<sbyte>(marks, geometry.Box.Size, transposed, workers);
        sbyte[] resampled = new sbyte[geometry.NetworkSize.Product];
        LabelResampler.Resample<sbyte>(
            transposed, geometry.CroppedInNetworkOrder, resampled, geometry.NetworkSize, InterpolationOrder.Linear, geometry.SeparateAxis, workers);
        return resampled;
    }

    private void Normalise(float[] voxels, ChannelNormalization channel, sbyte[] outside)
    {
        NormalizationScheme scheme = channel.Scheme switch
        {
            "CT" => NormalizationScheme.Ct,
            "CT2" => NormalizationScheme.Ct2,
            "noNorm" => NormalizationScheme.None,
            _ => NormalizationScheme.NonCt,
        };
        IntensityStatistics? statistics = channel.Intensity is { } known
            ? new IntensityStatistics(known.Mean, known.StandardDeviation, known.Percentile005, known.Percentile995)
            : null;
        IntensityNormalization.Apply(voxels, scheme, channel.UseMask ? outside : default, statistics, workers);
    }
}
