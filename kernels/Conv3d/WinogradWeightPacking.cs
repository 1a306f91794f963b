using System.Numerics;
using System.Runtime.Intrinsics;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Weights (OC, IC, KD, KH, KW) transformed for Winograd's algorithm, in double and rounded once: [point][block of output channels][ic][lane]. Lanes
/// past the last output channel are zero; the last block has only as many vectors of <paramref name="Lanes"/> as it needs.
/// </summary>
/// <param name="Tile">Outputs of a tile (z, y, x).</param>
/// <param name="Lanes">Lanes of a vector.</param>
/// <param name="BlockLanes">Lanes of a block, a multiple of it.</param>
/// <param name="Weight">Shape of the weight.</param>
internal sealed record WinogradWeightPacking(Int3 Tile, int Lanes, int BlockLanes, Shape Weight)
    : Packing($"conv3d.winograd{Tile}.oc{BlockLanes}/{Lanes}", ByteLengthOf(Tile, Lanes, Weight))
{
    public static long ByteLengthOf(Int3 tile, int lanes, Shape weight) =>
        Int3.From(axis => WinogradFilter.PointsOf(tile[axis])).Product * weight.C * PaddedChannels(lanes, weight) * sizeof(float);

    public override Step Bind(TensorView source, TensorView packed, Device device) => new PackStep(this, source, packed, ((CpuDevice)device).Workers);

    private static long PaddedChannels(int lanes, Shape weight) => (((weight.N - 1) / lanes) + 1) * lanes;

    private sealed unsafe class PackStep : Step, IParallelBody
    {
        private const int ChannelsAPiece = 16;

        private readonly WinogradWeightPacking _packing;
        private readonly TensorView _source;
        private readonly TensorView _packed;
        private readonly WorkerPool _workers;
        private readonly double[][][] _matrices;
        private readonly int _blocks;
        private readonly int _pieces;

        public PackStep(WinogradWeightPacking packing, TensorView source, TensorView packed, WorkerPool workers)
        {
            _packing = packing;
            _source = source;
            _packed = packed;
            _workers = workers;
            _matrices = [.. Enumerable.Range(0, 3).Select(axis => WinogradFilter.WeightMatrix(packing.Tile[axis]))];
            _blocks = ((packing.Weight.N - 1) / packing.BlockLanes) + 1;
            _pieces = ((packing.Weight.C - 1) / ChannelsAPiece) + 1;
        }

        public override void Run(RunContext context) => _workers.Run(_blocks * _pieces, this);

        public void Execute(int index, int worker)
        {
            const int MostPoints = WinogradFilter.MaxPoints * WinogradFilter.MaxPoints * WinogradFilter.MaxPoints;
            int lanes = _packing.BlockLanes;
            double* values = stackalloc double[MostPoints * lanes];
            double* other = stackalloc double[MostPoints * lanes];
            float* filters = stackalloc float[(int)_packing.Weight.Voxels * lanes];
            int firstOc = index / _pieces * lanes;
            int firstIc = index % _pieces * ChannelsAPiece;
            int lastIc = Math.Min(firstIc + ChannelsAPiece, _packing.Weight.C);
            for (int ic = firstIc; ic < lastIc; ic++)
            {
                LoadTaps(filters, values, firstOc, ic);
                Int3 size = _packing.Weight.Size;
                int points = _matrices[2].Length;
                TransformAxis(_matrices[2], values, other, size.D * size.H, 1, size.W);
                TransformAxis(_matrices[1], other, values, size.D, points, size.H);
                points *= _matrices[1].Length;
                TransformAxis(_matrices[0], values, other, 1, points, size.D);
                StorePoints(other, firstOc, ic);
            }
        }

        private void LoadTaps(float* filters, double* values, int firstOc, int ic)
        {
            Shape weight = _packing.Weight;
            int taps = (int)weight.Voxels;
            int lanes = _packing.BlockLanes;
            nint filter = (nint)weight.C * taps;
            FilterLanes.Load(_source.Floats + (firstOc * filter) + ((nint)ic * taps), filter, Math.Min(lanes, weight.N - firstOc), lanes, taps, filters);
            for (int i = 0; i < taps * lanes; i += Vector256<float>.Count)
            {
                (Vector256<double> low, Vector256<double> high) = Vector256.Widen(Vector256.Load(filters + i));
                low.Store(values + i);
                high.Store(values + i + Vector256<double>.Count);
            }
        }

        // target[o][p][i] = sum over k of matrix[p][k] * source[o][k][i], every element a run of lanes; of the one tap of an axis that is not transformed, a copy.
        private void TransformAxis(double[][] matrix, double* source, double* target, int outer, int inner, int taps)
        {
            int run = inner * _packing.BlockLanes;
            if (taps == 1)
            {
                new ReadOnlySpan<double>(source, outer * run).CopyTo(new Span<double>(target, outer * run));
                return;
            }

            for (int o = 0; o < outer; o++, source += 3 * run)
            {
                foreach (double[] row in matrix)
                {
                    (Vector<double> first, Vector<double> second, Vector<double> third) = (new(row[0]), new(row[1]), new(row[2]));
                    for (int i = 0; i < run; i += Vector<double>.Count)
                    {
                        Vector<double> sum = (Vector.Load(source + i) * first) + (Vector.Load(source + run + i) * second);
                        (sum + (Vector.Load(source + (2 * run) + i) * third)).Store(target + i);
                    }

                    target += run;
                }
            }
        }

        private void StorePoints(double* values, int firstOc, int ic)
        {
            long padded = PaddedChannels(_packing.Lanes, _packing.Weight);
            int lanes = (int)Math.Min(_packing.BlockLanes, padded - firstOc);
            int points = _matrices[0].Length * _matrices[1].Length * _matrices[2].Length;
            for (int point = 0; point < points; point++)
            {
                float* to = _packed.Floats + (point * padded * _packing.Weight.C) + ((long)firstOc * _packing.Weight.C) + ((long)ic * lanes);
                double* from = values + (point * _packing.BlockLanes);
                for (int lane = 0; lane < lanes; lane += Vector256<float>.Count)
                    Vector256.Narrow(Vector256.Load(from + lane), Vector256.Load(from + lane + Vector256<double>.Count)).Store(to + lane);
            }
        }
    }
}
