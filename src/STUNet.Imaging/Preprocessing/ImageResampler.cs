using STUNet.Core;

namespace STUNet.Imaging.Preprocessing;

/// <summary>
/// Resizes one channel of an image as nnU-Net does (scikit-image's resize: edge mode, no smoothing, clipped to the input's range).
/// </summary>
/// <remarks>
/// The reference converts the whole volume to double and filters it at once. B-spline prefilter, padding by replication and interpolation are
/// tensor products of linear maps of one axis each, so their order is free up to rounding (1e-12 of the values): here every (y, x) plane is
/// resized on its own and only the result is kept in double, D * H' * W' values, after which the z axis follows in bundles of lines.
/// A double copy of the original volume never exists. Linear in the number of voxels; same bits for any number of workers.
/// </remarks>
public static unsafe class ImageResampler
{
    /// <summary>Resizes one channel. Equal sizes copy the values untouched, with no filtering.</summary>
    /// <param name="source">The channel, C order (z, y, x).</param>
    /// <param name="size">Its size.</param>
    /// <param name="target">Receives the resized channel; must not overlap the source.</param>
    /// <param name="newSize">The size to make.</param>
    /// <param name="order">Order of the interpolation.</param>
    /// <param name="separateAxis">
    /// Null to interpolate in 3D. Else the axis (0 = z) perpendicular to which planes are resized in 2D, each clipped to its own range, while
    /// along the axis the nearest plane is taken. Rounding planes to binary32 before (v1) or after (v2) that choice is the same.
    /// </param>
    /// <param name="pool">The workers.</param>
    /// <exception cref="InvalidRequestException">The new size has no voxel, or the volume between the passes exceeds what one array can hold.</exception>
    public static void Resample(
        ReadOnlyMemory<float> source, Int3 size, Memory<float> target, Int3 newSize, InterpolationOrder order, int? separateAxis, WorkerPool pool)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(source.Length, size.Product);
        ArgumentOutOfRangeException.ThrowIfNotEqual(target.Length, newSize.Product);
        if (newSize.Product == 0)
            throw new InvalidRequestException($"The image of {size} voxels is too thin for the target spacing: it would become {newSize}; use an image that covers at least one target voxel.");
        if (size == newSize)
            source.CopyTo(target);
        else if (separateAxis is { } axis)
            PlanewiseResampling.Run(source, size, target, newSize, order, axis, pool);
        else
            ResampleVolume(source, size, target, newSize, order, pool);
    }

    private static void ResampleVolume(
        ReadOnlyMemory<float> source, Int3 size, Memory<float> target, Int3 newSize, InterpolationOrder order, WorkerPool pool)
    {
        // Native, so that hundreds of megabytes are given back at once and not when the runtime sees fit.
        using CpuMemory planes = new((long)size.D * newSize.H * newSize.W * sizeof(double));
        PlanePass inPlane = new(source, size, planes, newSize, order, pool.Count);
        pool.Run(size.D, inPlane);
        (float min, float max) = inPlane.Range;
        DepthPass depth = new(planes, target, size.D, newSize, order, (min, max), pool.Count);
        pool.Run(depth.Bundles, depth);
    }

    private sealed class PlanePass : IParallelBody
    {
        private readonly ReadOnlyMemory<float> _source;
        private readonly CpuMemory _planes;
        private readonly PlaneFilter[] _filters;
        private readonly (float Min, float Max)[] _ranges;
        private readonly int _oldPlane;
        private readonly int _newPlane;
        private readonly int _width;

        public PlanePass(ReadOnlyMemory<float> source, Int3 size, CpuMemory planes, Int3 newSize, InterpolationOrder order, int workers)
        {
            (_source, _planes, _width) = (source, planes, size.W);
            (_oldPlane, _newPlane) = (size.H * size.W, newSize.H * newSize.W);
            _ranges = new (float, float)[size.D];
            AxisFilter rows = AxisFilter.Create(order, size.H, newSize.H);
            AxisFilter columns = AxisFilter.Create(order, size.W, newSize.W);
            _filters = [.. Enumerable.Range(0, workers).Select(_ => new PlaneFilter(rows, columns))];
        }

        public (float Min, float Max) Range => (_ranges.Min(range => range.Min), _ranges.Max(range => range.Max));

        public void Execute(int index, int worker) => _ranges[index] = _filters[worker].Apply(
            _source.Span.Slice(index * _oldPlane, _oldPlane), _width, 1, new Span<double>((double*)_planes.Pointer + ((long)index * _newPlane), _newPlane));
    }

    private sealed class DepthPass : IParallelBody
    {
        private const int Lanes = AxisFilter.Lanes;
        private readonly CpuMemory _planes;
        private readonly Memory<float> _target;
        private readonly (float Min, float Max) _range;
        private readonly int _plane;
        private readonly AxisFilter _filter;
        private readonly (double[] Lines, double[] Result)[] _scratch;

        public DepthPass(
            CpuMemory planes, Memory<float> target, int depth, Int3 newSize, InterpolationOrder order, (float Min, float Max) range, int workers)
        {
            (_planes, _target, _range) = (planes, target, range);
            _plane = newSize.H * newSize.W;
            _filter = AxisFilter.Create(order, depth, newSize.D);
            _scratch = [.. Enumerable.Range(0, workers).Select(_ => (new double[_filter.SourceLength], new double[_filter.ResultLength]))];
        }

        public int Bundles => (_plane + Lanes - 1) / Lanes;

        public void Execute(int index, int worker)
        {
            (double[] lines, double[] result) = _scratch[worker];
            int start = index * Lanes;
            int lanes = Math.Min(Lanes, _plane - start);
            for (int z = 0; z < _filter.InputSize; z++)
                new Span<double>((double*)_planes.Pointer + ((long)z * _plane) + start, lanes).CopyTo(lines.AsSpan((_filter.Padding + z) * Lanes));
            _filter.Apply(lines, result);
            Span<float> target = _target.Span;
            for (int z = 0; z < _filter.OutputSize; z++)
                ClippedCopy.Copy(result.AsSpan(z * Lanes, lanes), target.Slice(z * _plane + start, lanes), _range.Min, _range.Max);
        }
    }
}
