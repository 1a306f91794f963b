using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// The data gradient, phase by phase (<see cref="DataGradientPhases"/>), by the micro-kernels of the direct convolution: vector lanes are input channels,
/// the output's gradients are broadcast. Order of additions of one value: tap, output channel; it depends on the shapes only. With stride 1 a rewrite
/// makes a convolution of it instead.
/// </summary>
internal sealed unsafe class Conv3dDataGradient<TMicroKernel> : IKernel
    where TMicroKernel : struct, IConv3dMicroKernel
{
    private const int SegmentsPerTile = 3;

    public string Name => $"DataGradientPhases{TMicroKernel.Level}";

    public bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) =>
        op is Conv3dDataGradientOp && caps.Simd >= TMicroKernel.Level && operands[0].DType == DType.F32 && operands[0].Layout == Layout.NDHWC
        && operands[1].Layout == Layout.NCDHW && operands[2].Layout == Layout.NDHWC;

    public long WorkspaceBytes(Op op, ReadOnlySpan<TensorDesc> operands, Device device) =>
        ScratchBytes(TilingOf((Conv3dDataGradientOp)op, operands[0], operands[2])) * ((CpuDevice)device).Workers.Count;

    public Packing? PackingOf(Op op, ReadOnlySpan<TensorDesc> operands, int operand) => operand == 1
        ? new DataGradientWeightPacking(((Conv3dDataGradientOp)op).Stride, TMicroKernel.BlockLanes, LastBlockLanes(operands[2].Shape.C), operands[1].Shape)
        : null;

    public Step Bind(Op op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, Device device) =>
        new GradientStep(
            TilingOf((Conv3dDataGradientOp)op, operands[0].Desc, operands[2].Desc), operands[0], operands[1], operands[2], workspace, ((CpuDevice)device).Workers);

    private static DataGradientTiling TilingOf(Conv3dDataGradientOp op, TensorDesc dy, TensorDesc dx) => new(op, dy, dx, TMicroKernel.SegmentLength, TMicroKernel.BlockLanes);

    private static int LastBlockLanes(int channels) => TMicroKernel.LastBlockLanes(((channels - 1) % TMicroKernel.BlockLanes) + 1);

    private static long SumsBytes(DataGradientTiling tiling) => CacheLine.RoundUp(
        (long)(SegmentsOf(tiling) + SegmentsPerTile) * TMicroKernel.SegmentLength * TMicroKernel.BlockLanes * sizeof(float));

    // The panel, then the sums of the tile's segments and of those that only fill up a call.
    private static long ScratchBytes(DataGradientTiling tiling) => CacheLine.RoundUp(tiling.PanelElements * sizeof(float)) + SumsBytes(tiling);

    private static int SegmentsOf(DataGradientTiling tiling) => tiling.SlicesPerTile * tiling.RowsPerTile * tiling.ColumnSegments;

    private sealed class GradientStep : Step, IParallelBody
    {
        private readonly DataGradientTiling _tiling;
        private readonly TensorView _dy;
        private readonly TensorView _weight;
        private readonly TensorView _dx;
        private readonly MemorySpan _workspace;
        private readonly WorkerPool _workers;
        private readonly int[] _tapOffsets; // pinned, so that its address lasts
        private readonly float[] _zeros; // pinned
        private readonly bool _pastCaches;

        public GradientStep(DataGradientTiling tiling, TensorView dy, TensorView weight, TensorView dx, MemorySpan workspace, WorkerPool workers)
        {
            _tiling = tiling;
            _dy = dy;
            _weight = weight;
            _dx = dx;
            _workspace = workspace;
            _workers = workers;
            _pastCaches = PastCaches.Suits(dx.Desc) && dx.Desc.Shape.C % ShortCopy.Multiple == 0 && dx.Desc.ChannelPitch % ShortCopy.Multiple == 0;
            _tapOffsets = GC.AllocateArray<int>(tiling.Phases.Taps.Count, pinned: true);
            for (int tap = 0; tap < _tapOffsets.Length; tap++)
                _tapOffsets[tap] = tiling.PanelOffset(tiling.Phases.Taps[tap].Offset);
            _zeros = GC.AllocateArray<float>(Math.Max(tiling.OutputChannels, TMicroKernel.SegmentLength * TMicroKernel.BlockLanes), pinned: true);
        }

        private float* Zeros => (float*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_zeros));

        public override void Run(RunContext context) => _workers.Run(_tiling.Tiles * _tiling.Groups, this);

        public void Execute(int index, int worker)
        {
            byte* scratch = _workspace.Bytes + (worker * ScratchBytes(_tiling));
            float* panel = (float*)scratch;
            float* sums = (float*)(scratch + ScratchBytes(_tiling) - SumsBytes(_tiling));
            int group = index % _tiling.Groups;
            int tile = index / _tiling.Groups;
            int n = tile / _tiling.RowTiles / _tiling.SliceTiles;
            Int3 origin = new(tile / _tiling.RowTiles % _tiling.SliceTiles * _tiling.SlicesPerTile, tile % _tiling.RowTiles * _tiling.RowsPerTile, 0);
            int slices = Math.Min(_tiling.SlicesPerTile, _tiling.Grid.D - origin.D);
            int rows = Math.Min(_tiling.RowsPerTile, _tiling.Grid.H - origin.H);
            Gather(panel, n, origin, slices, rows);
            for (int block = _tiling.FirstBlock(group); block < _tiling.FirstBlock(group + 1); block++)
            {
                int lanes = block == _tiling.Blocks - 1 ? LastBlockLanes(_dx.Desc.Shape.C) : TMicroKernel.BlockLanes;
                for (int phase = 0; phase < _tiling.Phases.Count; phase++)
                {
                    Multiply(panel, sums, slices, rows, block, lanes, phase);
                    Scatter(sums, n, origin, slices, rows, block, lanes, _tiling.Phases.PhaseAt(phase));
                }
            }

            if (_pastCaches)
                PastCaches.Fence();
        }

        private void Gather(float* panel, int n, Int3 origin, int slices, int rows)
        {
            DataGradientPhases phases = _tiling.Phases;
            for (int d = -phases.Before.D; d < slices + phases.After.D; d++)
            {
                for (int h = -phases.Before.H; h < rows + phases.After.H; h++)
                    GatherRow(panel + _tiling.PanelOffset(new Int3(d, h, -phases.Before.W)), n, origin.D + d, origin.H + h);
            }
        }

        private void GatherRow(float* row, int n, int d, int h)
        {
            Shape shape = _dy.Desc.Shape;
            if ((uint)d >= (uint)shape.D || (uint)h >= (uint)shape.H)
            {
                new Span<float>(row, _tiling.OutputChannels * _tiling.Slots).Clear();
                return;
            }

            float* line = _dy.Floats + (((((long)n * shape.D) + d) * shape.H + h) * shape.W * _dy.Desc.ChannelPitch);
            for (int slot = 0; slot < _tiling.Slots; slot += 4)
            {
                int w = slot - _tiling.Phases.Before.W;
                ChannelTranspose.Run(Column(line, w), Column(line, w + 1), Column(line, w + 2), Column(line, w + 3), row + slot, _tiling.Slots, _tiling.OutputChannels);
            }
        }

        private float* Column(float* line, int w) => (uint)w < (uint)_dy.Desc.Shape.W ? line + ((long)w * _dy.Desc.ChannelPitch) : Zeros;

        private void Multiply(float* panel, float* sums, int slices, int rows, int block, int lanes, int phase)
        {
            int firstTap = _tiling.Phases.FirstTap(phase);
            long blockWeights = (long)TMicroKernel.BlockLanes * _tiling.OutputChannels * _tiling.Phases.Taps.Count;
            Conv3dTile tile = new()
            {
                ChannelStride = _tiling.Slots,
                TapOffsets = (int*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_tapOffsets)) + firstTap,
                Taps = _tiling.Phases.FirstTap(phase + 1) - firstTap,
                Channels = _tiling.OutputChannels,
                Weights = _weight.Floats + (block * blockWeights) + ((long)firstTap * _tiling.OutputChannels * lanes),
            };
            tile.SetStart(Zeros, Zeros, Zeros, lanes);
            int segments = slices * rows * _tiling.ColumnSegments;
            int segmentSums = TMicroKernel.SegmentLength * lanes;
            for (int segment = 0; segment < segments; segment += SegmentsPerTile)
            {
                tile.Panel0 = Panel(panel, segment, segments, rows);
                tile.Panel1 = Panel(panel, segment + 1, segments, rows);
                tile.Panel2 = Panel(panel, segment + 2, segments, rows);
                float* target = sums + ((long)segment * segmentSums);
                tile.SetTarget(target, target + segmentSums, target + (2 * segmentSums), lanes);
                TMicroKernel.Run(lanes, &tile);
            }
        }

        // Segments past the last only fill up a call; they read what the last reads. Tap offsets count from the tile's first position.
        private float* Panel(float* panel, int segment, int segments, int rows)
        {
            (int line, int column) = Math.DivRem(Math.Min(segment, segments - 1), _tiling.ColumnSegments);
            long panelRow = ((long)(line / rows) * _tiling.PanelRows) + (line % rows);
            return panel + (panelRow * _tiling.OutputChannels * _tiling.Slots) + (column * TMicroKernel.SegmentLength);
        }

        private void Scatter(float* sums, int n, Int3 origin, int slices, int rows, int block, int lanes, Int3 phase)
        {
            Shape shape = _dx.Desc.Shape;
            Int3 stride = _tiling.Phases.Stride;
            int firstChannel = block * TMicroKernel.BlockLanes;
            int channels = Math.Min(lanes, shape.C - firstChannel);
            for (int row = 0; row < slices * rows; row++)
            {
                int d = ((origin.D + (row / rows)) * stride.D) + phase.D;
                int h = ((origin.H + (row % rows)) * stride.H) + phase.H;
                if (d >= shape.D || h >= shape.H)
                    continue;
                float* line = _dx.Floats + (((((long)n * shape.D) + d) * shape.H + h) * shape.W * _dx.Desc.ChannelPitch) + firstChannel;
                float* source = sums + ((long)row * _tiling.ColumnSegments * TMicroKernel.SegmentLength * lanes);
                for (int w = phase.W; w < shape.W; w += stride.W, source += lanes)
                {
                    float* target = line + ((long)w * _dx.Desc.ChannelPitch);
                    if (_pastCaches)
                        ShortCopy.RunPastCaches(source, target, channels);
                    else
                        ShortCopy.Run(source, target, channels);
                }
            }
        }
    }
}
