using STUNet.Core;

namespace STUNet.Imaging.Preprocessing;

/// <summary>Brings the channels of one image to the network: crop, transpose, then resample and normalise in the order of either version of nnU-Net.</summary>
/// <param name="grid">How the voxels change.</param>
/// <param name="time">When intensities are normalised.</param>
/// <param name="pool">The workers.</param>
public sealed class ChannelPreprocessor(GridChange grid, NormalizationTime time, WorkerPool pool)
{
    /// <summary>Order of the interpolation; cubic unless the plans say otherwise.</summary>
    public InterpolationOrder Order { get; init; } = InterpolationOrder.Cubic;

    /// <summary>Brings one channel to the network.</summary>
    /// <param name="image">The channel, C order (z, y, x); only read.</param>
    /// <param name="size">Its size.</param>
    /// <param name="target">Receives the network's volume.</param>
    /// <param name="rule">How intensities are normalised.</param>
    /// <param name="outside">
    /// Per voxel of the grid that is normalised (cropped and transposed, or the network's), negative outside the nonzero region; read only where the
    /// rule uses the mask.
    /// </param>
    /// <param name="finished">Told after each step.</param>
    /// <exception cref="InvalidRequestException">The rule does not fit the intensities.</exception>
    public void Run(
        ReadOnlyMemory<float> image, Int3 size, Memory<float> target, IntensityRule rule, ReadOnlyMemory<sbyte> outside, Action<PreprocessingStep>? finished = null)
    {
        bool changesSource = time == NormalizationTime.BeforeResampling && rule.Scheme != NormalizationScheme.None;
        using NativeFloats? cropped = grid.Box.Size == size ? null : new NativeFloats(grid.Box.Size);
        if (cropped is not null)
            grid.Box.CopyFrom(image.Span, size, cropped.GetSpan());
        bool needsCopy = !grid.Forward.IsIdentity || (changesSource && cropped is null);
        using NativeFloats? transposed = needsCopy ? new NativeFloats(grid.Box.Size) : null;
        if (transposed is not null)
            grid.Forward.Apply<float>(cropped?.Memory ?? image, grid.Box.Size, transposed.Memory, pool);
        NativeFloats? own = transposed ?? cropped;
        if (changesSource)
            Normalise(own!.Memory);
        ImageResampler.Resample(own?.Memory ?? image, grid.CroppedSize, target, grid.NewSize, Order, grid.SeparateAxis, pool);
        finished?.Invoke(PreprocessingStep.Resampling);
        if (time == NormalizationTime.AfterResampling)
            Normalise(target);

        void Normalise(Memory<float> voxels)
        {
            IntensityNormalization.Apply(voxels, rule.Scheme, rule.UseMask ? outside : default, rule.Dataset, pool);
            finished?.Invoke(PreprocessingStep.Normalisation);
        }
    }
}
