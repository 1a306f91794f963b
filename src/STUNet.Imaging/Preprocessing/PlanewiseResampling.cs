using STUNet.Core;

namespace STUNet.Imaging.Preprocessing;

/// <summary>The separate-axis path: planes perpendicular to one axis are resized in 2D, the nearest one is taken along the axis.</summary>
internal sealed class PlanewiseResampling : IParallelBody
{
    private readonly ReadOnlyMemory<float> _source;
    private readonly Memory<float> _target;
    private readonly int _axisStride;
    private readonly (int Rows, int Columns) _stride;
    private readonly int _newAxisStride;
    private readonly (int Rows, int Columns) _newStride;
    private readonly (int Rows, int Columns) _newPlane;
    private readonly int[][] _outputsOfPlane;
    private readonly (PlaneFilter Filter, double[] Plane)[] _scratch;

    private PlanewiseResampling(
        ReadOnlyMemory<float> source, Int3 size, Memory<float> target, Int3 newSize, InterpolationOrder order, int axis, int workers)
    {
        (_source, _target) = (source, target);
        (int r, int c) = axis switch { 0 => (1, 2), 1 => (0, 2), 2 => (0, 1), _ => throw new ArgumentOutOfRangeException(nameof(axis)) };
        Int3 strides = new(size.H * size.W, size.W, 1);
        Int3 newStrides = new(newSize.H * newSize.W, newSize.W, 1);
        (_axisStride, _stride) = (strides[axis], (strides[r], strides[c]));
        (_newAxisStride, _newStride) = (newStrides[axis], (newStrides[r], newStrides[c]));
        _newPlane = (newSize[r], newSize[c]);
        AxisSampling along = AxisSampling.Nearest(size[axis], newSize[axis]);
        List<int>[] outputs = [.. Enumerable.Range(0, size[axis]).Select(_ => new List<int>())];
        for (int o = 0; o < along.OutputSize; o++)
            outputs[along.Lower[o]].Add(o);
        _outputsOfPlane = [.. outputs.Select(list => list.ToArray())];
        AxisFilter rows = AxisFilter.Create(order, size[r], newSize[r]);
        AxisFilter columns = AxisFilter.Create(order, size[c], newSize[c]);
        _scratch = [.. Enumerable.Range(0, workers)
            .Select(_ => (new PlaneFilter(rows, columns), new double[_newPlane.Rows * _newPlane.Columns]))];
    }

    public static void Run(
        ReadOnlyMemory<float> source, Int3 size, Memory<float> target, Int3 newSize, InterpolationOrder order, int axis, WorkerPool pool) =>
        pool.Run(size[axis], new PlanewiseResampling(source, size, target, newSize, order, axis, pool.Count));

    public void Execute(int index, int worker)
    {
        if (_outputsOfPlane[index].Length == 0)
            return;
        (PlaneFilter filter, double[] plane) = _scratch[worker];
        (float min, float max) = filter.Apply(_source.Span[(index * _axisStride)..], _stride.Rows, _stride.Columns, plane);
        Span<float> target = _target.Span;
        foreach (int output in _outputsOfPlane[index])
        {
            for (int r = 0; r < _newPlane.Rows; r++)
            {
                Span<float> to = target[(output * _newAxisStride + r * _newStride.Rows)..];
                ReadOnlySpan<double> from = plane.AsSpan(r * _newPlane.Columns, _newPlane.Columns);
                if (_newStride.Columns == 1)
                {
                    ClippedCopy.Copy(from, to, min, max);
                    continue;
                }

                for (int c = 0; c < from.Length; c++)
                    to[c * _newStride.Columns] = (float)Math.Min(Math.Max(from[c], min), max);
            }
        }
    }
}
