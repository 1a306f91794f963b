using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// The weight gradient by outer products, channels last: vector lanes are output channels, eight channels of the source are broadcast, and the sums of a
/// tap stay in registers over a tile of voxels. Order of additions of one weight: within a tile, tiles of a piece, pieces; it depends on the shapes only.
/// </summary>
internal sealed unsafe class Conv3dWeightGradient<TMicroKernel> : IKernel
    where TMicroKernel : struct, IWeightGradientMicroKernel
{
    private const int Channels = IWeightGradientMicroKernel.Channels;

    public string Name => $"WeightGradientDirect{TMicroKernel.Level}";

    public bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps)
    {
        if (op is not Conv3dWeightGradientOp gradient || caps.Simd < TMicroKernel.Level || operands[^1].Layout != Layout.NCDHW
            || !Operands.AreFloatsChannelsLast(operands[..^1]))
            return false;
        return gradient.Sources == 1 ? operands[0].Shape.C < Channels || operands[0].ChannelPitch % Channels == 0
            : operands[0].ChannelPitch % Channels == 0 && operands[1].ChannelPitch % Channels == 0;
    }

    public long WorkspaceBytes(Op op, ReadOnlySpan<TensorDesc> operands, Device device)
    {
        WeightGradientTiling tiling = TilingOf(op, operands);
        return (tiling.Pieces * tiling.PieceSums * sizeof(float)) + (((CpuDevice)device).Workers.Count * WeightGradientScratch.ByteLengthOf(tiling));
    }

    public Step Bind(Op op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, Device device)
    {
        TensorDesc[] descs = Operands.DescsOf(operands);
        return new GradientStep(TilingOf(op, descs), operands.ToArray(), workspace, ((CpuDevice)device).Workers);
    }

    private static WeightGradientTiling TilingOf(Op op, ReadOnlySpan<TensorDesc> operands) =>
        new((Conv3dWeightGradientOp)op, operands, TMicroKernel.Lanes, TMicroKernel.RowTaps);

    private sealed class GradientStep : Step, IParallelBody
    {
        private readonly WeightGradientTiling _tiling;
        private readonly TensorView _dy;
        private readonly TensorView[] _sources;
        private readonly WeightGradientScratch _scratch;
        private readonly MemorySpan _workspace;
        private readonly WorkerPool _workers;
        private readonly WeightGradientSum _sum;

        public GradientStep(WeightGradientTiling tiling, TensorView[] operands, MemorySpan workspace, WorkerPool workers)
        {
            _tiling = tiling;
            _dy = operands[^2];
            _sources = operands[..^2];
            _scratch = new WeightGradientScratch(tiling, _sources[0], _dy);
            _workspace = workspace;
            _workers = workers;
            _sum = new WeightGradientSum(tiling, operands, workspace);
        }

        public override void Run(RunContext context)
        {
            _workers.Run(_tiling.Pieces * _tiling.OutputBlocks, this);
            _workers.Run(_tiling.OutputBlocks * _tiling.SourceBlocks, _sum);
        }

        public void Execute(int index, int worker)
        {
            int piece = index / _tiling.OutputBlocks;
            int block = index % _tiling.OutputBlocks;
            long blockSums = _tiling.PieceSums / _tiling.OutputBlocks;
            float* sums = (float*)_workspace.Bytes + (piece * _tiling.PieceSums) + (block * blockSums);
            float* scratch = (float*)(_workspace.Bytes + (_tiling.Pieces * _tiling.PieceSums * sizeof(float)) + (worker * WeightGradientScratch.ByteLengthOf(_tiling)));
            new Span<float>(sums, (int)blockSums).Clear();
            for (int slice = _tiling.FirstSlice(piece); slice < _tiling.FirstSlice(piece + 1); slice++)
            {
                for (int h = 0; h < _tiling.Output.H; h += _tiling.RowsPerTile)
                    AddTile(slice / _tiling.Output.D, new Int3(slice % _tiling.Output.D, h, 0), Math.Min(_tiling.RowsPerTile, _tiling.Output.H - h), block, sums, scratch);
            }
        }

        private void AddTile(int n, Int3 origin, int rows, int block, float* sums, float* scratch)
        {
            WeightGradientTile tile = default;
            _scratch.PlaceGradient(&tile, n, origin, rows, block, scratch, TMicroKernel.Lanes);
            tile.Taps = _tiling.RowTaps;
            if (_tiling.IsScattered)
            {
                _scratch.CopyHalo(&tile, n, origin, scratch);
                AddPairs(&tile, sums);
                return;
            }

            Int3 kernel = _tiling.Op.Kernel;
            // Of rows of taps, whose stride is 1 or 2.
            tile.DyLast = tile.DyColumn * (_tiling.Op.Stride.W - 2);
            tile.SumsTap = (nint)_tiling.SourceBlocks * Channels * _tiling.BlockLanes;
            for (int tap = 0; tap < _tiling.Taps; tap += _tiling.RowTaps)
            {
                int middle = tap + (_tiling.RowTaps / 2);
                Int3 at = kernel.PositionOf(middle);
                AddTap(tile, n, origin, rows, at, sums + (tap * tile.SumsTap), scratch);
            }
        }

        // One tap, or a row of them by its middle one: only the outputs that read inside of the source.
        private void AddTap(WeightGradientTile tile, int n, Int3 origin, int rows, Int3 tap, float* sums, float* scratch)
        {
            Conv3dWeightGradientOp op = _tiling.Op;
            Int3 shift = new(tap.D - (op.Kernel.D / 2), tap.H - (op.Kernel.H / 2), tap.W - (op.Kernel.W / 2));
            int d = (origin.D * op.Stride.D) + shift.D;
            (int firstRow, int endRow) = TapRange.Of(origin.H, rows, op.Stride.H, shift.H, _tiling.Input.H);
            (int firstColumn, int endColumn) = TapRange.Of(0, _tiling.Output.W, op.Stride.W, shift.W, _tiling.Input.W);
            if (d < 0 || d >= _tiling.Input.D || firstRow >= endRow || firstColumn >= endColumn)
                return;
            tile.Rows = endRow - firstRow;
            tile.Columns = endColumn - firstColumn;
            tile.Dy += (firstRow * tile.DyRow) + (firstColumn * tile.DyColumn);
            Int3 first = new(d, ((origin.H + firstRow) * op.Stride.H) + shift.H, (firstColumn * op.Stride.W) + shift.W);
            for (int source = 0; source < _sources.Length; source++)
            {
                int blocks = source == 0 ? _tiling.FirstBlocks : _tiling.SourceBlocks - _tiling.FirstBlocks;
                if (source == 0 && op.FirstSourceFactor != Int3.One)
                    _scratch.GatherUpsampled(&tile, n, first, scratch);
                else
                    PlaceSource(&tile, _sources[source], n, first);
                tile.XOuter = tile.XColumn * (op.Stride.W - 1) / op.Stride.W;
                AddBlocks(&tile, source == 0 ? 0 : _tiling.FirstBlocks, blocks, sums);
            }
        }

        private void AddPairs(WeightGradientTile* tile, float* sums)
        {
            nint* offsets = stackalloc nint[Channels];
            for (int block = 0; block < _tiling.FirstBlocks; block++)
            {
                for (int i = 0; i < Channels; i++)
                    offsets[i] = _tiling.OffsetOf((block * Channels) + i);
                tile->Sums = sums + ((long)block * Channels * _tiling.BlockLanes);
                TMicroKernel.Run(tile, offsets);
            }
        }

        private void AddBlocks(WeightGradientTile* tile, int firstBlock, int blocks, float* sums)
        {
            nint* neighbours = stackalloc nint[Channels];
            for (int i = 0; i < Channels; i++)
                neighbours[i] = i;
            float* x = tile->X;
            for (int i = 0; i < blocks; i++)
            {
                tile->X = x + (i * Channels);
                tile->Sums = sums + ((long)(firstBlock + i) * Channels * _tiling.BlockLanes);
                TMicroKernel.Run(tile, neighbours);
            }
        }

        private void PlaceSource(WeightGradientTile* tile, TensorView source, int n, Int3 first)
        {
            Shape shape = source.Desc.Shape;
            nint pitch = source.Desc.ChannelPitch;
            tile->X = source.Floats + ((((((long)n * shape.D) + first.D) * shape.H + first.H) * shape.W + first.W) * pitch);
            tile->XColumn = _tiling.Op.Stride.W * pitch;
            tile->XRow = _tiling.Op.Stride.H * shape.W * pitch;
        }
    }
}
