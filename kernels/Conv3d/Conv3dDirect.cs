using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Direct convolution, channels last. Vector lanes are output channels, inputs are broadcast. For a box of outputs and a block of input channels the
/// zero-padded inputs are gathered once into a panel with the columns of one channel side by side (<see cref="Conv3dPanel"/>); then one micro-kernel
/// serves every kernel size, stride, second source and upsampling, and narrow images too, since its tile is three short segments that may lie in
/// three rows. Sums of earlier channel blocks wait in the output. Order of additions of one output: bias, then channel block, tap, channel; it
/// depends on the shapes only. Gathering costs about 1 / (3 * OC) of the arithmetic of a 3x3x3 kernel.
/// </summary>
internal sealed unsafe class Conv3dDirect<TMicroKernel, TIsa, V> : IKernel
    where TMicroKernel : struct, IConv3dMicroKernel
    where TIsa : struct, IVectorIsa<V>
    where V : struct
{
    private const int SegmentsPerTile = 3;

    public string Name => $"ForwardDirect{TMicroKernel.Level}";

    public bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) =>
        op is Conv3dOp { OutputLayout: Layout.NDHWC } conv && caps.Simd >= TMicroKernel.Level && conv.NormalisedSourceSlope is not (< 0 or > 1)
        && conv.NormalisedAddendSlope is not (< 0 or > 1) && Conv3dCpu.HasPlanLayouts(conv, operands)
        && (conv.NormalisedAddendSlope is null || operands[conv.AddendOperand].ChannelPitch == operands[^1].ChannelPitch);

    public double Cost(Op op, ReadOnlySpan<TensorDesc> operands) => Conv3dCost.Direct((Conv3dOp)op, operands, TMicroKernel.Level);

    public long WorkspaceBytes(Op op, ReadOnlySpan<TensorDesc> operands, Device device)
    {
        Conv3dDirectTiling tiling = TilingOf((Conv3dOp)op, operands);
        return Conv3dNorms.ByteLength((Conv3dOp)op, operands, tiling.Tiles, tiling.OutputBlocks * tiling.BlockLanes)
            + (Scratch.Of(tiling).ByteLength * ((CpuDevice)device).Workers.Count);
    }

    public Packing? PackingOf(Op op, ReadOnlySpan<TensorDesc> operands, int operand)
    {
        Conv3dOp conv = (Conv3dOp)op;
        if (operand != conv.WeightOperand)
            return null;
        Shape weight = operands[operand].Shape;
        int channelBlock = Conv3dDirectTiling.ChannelBlockOf(weight.C, conv.Kernel);
        return new Conv3dWeightPacking(TMicroKernel.BlockLanes, LastBlockLanes(weight.N), channelBlock, weight);
    }

    public Step Bind(Op op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, Device device) =>
        new ForwardStep((Conv3dOp)op, operands, workspace, ((CpuDevice)device).Workers);

    private static int LastBlockLanes(int outputChannels) =>
        TMicroKernel.LastBlockLanes(((outputChannels - 1) % TMicroKernel.BlockLanes) + 1);

    private static Conv3dDirectTiling TilingOf(Conv3dOp op, ReadOnlySpan<TensorDesc> operands) =>
        new(op, operands, TMicroKernel.SegmentLength, TMicroKernel.BlockLanes, LastBlockLanes(operands[^1].Shape.C));

    /// <summary>Where a row segment of outputs reads in the panel and writes in its sample, and how many of its columns exist.</summary>
    private readonly record struct Segment(int Panel, int Columns, long Target);

    /// <summary>Byte offsets of one worker's scratch memory.</summary>
    private readonly record struct Scratch(long Bias, long Sums, long Edge, long Segments, long ByteLength)
    {
        public static Scratch Of(Conv3dDirectTiling tiling)
        {
            long bias = CacheLine.RoundUp(tiling.PanelElements * (long)sizeof(float));
            long sums = CacheLine.RoundUp(bias + ((long)tiling.OutputBlocks * tiling.BlockLanes * sizeof(float)));
            long edge = CacheLine.RoundUp(sums + (Conv3dEpilogue<TIsa, V>.SumsOfLane * (long)tiling.BlockLanes * sizeof(float)));
            long segments = CacheLine.RoundUp(edge + ((long)SegmentsPerTile * tiling.SegmentLength * tiling.BlockLanes * sizeof(float)));
            return new Scratch(bias, sums, edge, segments, CacheLine.RoundUp(segments + ((long)tiling.Segments * sizeof(Segment))));
        }
    }

    private sealed class ForwardStep : Step, IParallelBody
    {
        private readonly Conv3dDirectTiling _tiling;
        private readonly Conv3dPanel _panel;
        private readonly Conv3dNorms _norms;
        private readonly Conv3dEpilogue<TIsa, V> _epilogue;
        private readonly Scratch _scratch;
        private readonly TensorView _weight;
        private readonly TensorView _bias;
        private readonly TensorView _output;
        private readonly MemorySpan _workspace;
        private readonly WorkerPool _workers;
        private readonly int[] _tapOffsets; // pinned, so that its address lasts

        public ForwardStep(Conv3dOp op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, WorkerPool workers)
        {
            TensorDesc[] descs = Operands.DescsOf(operands);
            _tiling = TilingOf(op, descs);
            _norms = new Conv3dNorms(op, operands, workspace, VoxelsOfTiles(_tiling), _tiling.OutputBlocks * _tiling.BlockLanes);
            _panel = new Conv3dPanel(_tiling, operands[0], operands[op.Sources - 1], _norms);
            _epilogue = new Conv3dEpilogue<TIsa, V>(op, operands, _norms);
            _scratch = Scratch.Of(_tiling);
            _weight = operands[op.WeightOperand];
            _bias = operands[op.BiasOperand];
            _output = operands[^1];
            _workspace = workspace;
            _workers = workers;
            _tapOffsets = TapOffsets(_tiling);
        }

        public override void Run(RunContext context)
        {
            _norms.FillTables();
            _workers.Run(_tiling.Tiles * _tiling.Groups, this);
            _norms.CombineMoments();
        }

        public void Execute(int index, int worker)
        {
            byte* scratch = _workspace.Bytes + _norms.OwnBytes + (_scratch.ByteLength * worker);
            float* panel = (float*)scratch;
            Segment* segments = (Segment*)(scratch + _scratch.Segments);
            float* bias = (float*)(scratch + _scratch.Bias);
            int firstBlock = index % _tiling.Groups * _tiling.BlocksPerGroup;
            int lastBlock = Math.Min(firstBlock + _tiling.BlocksPerGroup, _tiling.OutputBlocks);
            (int n, Int3 origin) = Locate(_tiling, index / _tiling.Groups);
            int tileD = Math.Min(_tiling.TileD, _tiling.Output.D - origin.D);
            int tileH = Math.Min(_tiling.TileH, _tiling.Output.H - origin.H);
            int count = ListSegments(segments, n, origin, tileD, tileH);
            CopyBias(bias, firstBlock, lastBlock);
            for (int firstIc = 0; firstIc < _tiling.InputChannels; firstIc += _tiling.ChannelBlock)
            {
                int channels = Math.Min(_tiling.ChannelBlock, _tiling.InputChannels - firstIc);
                _panel.Gather(panel, n, origin, tileD, tileH, firstIc, channels);
                bool isLast = firstIc + channels == _tiling.InputChannels;
                for (int block = firstBlock; block < lastBlock; block++)
                {
                    float* sums = (float*)(scratch + _scratch.Sums);
                    bool finishes = isLast && _epilogue.IsNeeded;
                    if (finishes)
                        _epilogue.Begin(sums, _tiling.BlockLanes);
                    AddBlock(block, n, firstIc, channels, panel, bias, segments, count, (float*)(scratch + _scratch.Edge), finishes ? sums : null);
                    if (finishes)
                        _epilogue.End(index / _tiling.Groups, block * _tiling.BlockLanes, LanesOf(block), sums);
                }
            }
        }

        private int LanesOf(int block) => block == _tiling.OutputBlocks - 1 ? _tiling.LastBlockLanes : _tiling.BlockLanes;

        private static int[] VoxelsOfTiles(Conv3dDirectTiling tiling)
        {
            int[] voxels = new int[tiling.Tiles];
            for (int tile = 0; tile < voxels.Length; tile++)
            {
                (_, Int3 origin) = Locate(tiling, tile);
                voxels[tile] = Math.Min(tiling.TileD, tiling.Output.D - origin.D) * Math.Min(tiling.TileH, tiling.Output.H - origin.H)
                    * Math.Min(tiling.TileW, tiling.Output.W - origin.W);
            }

            return voxels;
        }

        // Offset in the panel of what tap (kd, kh, kw) of the first output reads.
        private static int[] TapOffsets(Conv3dDirectTiling tiling)
        {
            Int3 kernel = tiling.Op.Kernel;
            int[] offsets = GC.AllocateArray<int>((int)kernel.Product, pinned: true);
            int tap = 0;
            for (int kd = 0; kd < kernel.D; kd++)
            {
                for (int kh = 0; kh < kernel.H; kh++)
                {
                    for (int kw = 0; kw < kernel.W; kw++)
                    {
                        int column = (kw % tiling.Op.Stride.W * tiling.RowSlots) + (kw / tiling.Op.Stride.W);
                        offsets[tap++] = (((kd * tiling.PanelH) + kh) * tiling.RowStride) + column;
                    }
                }
            }

            return offsets;
        }

        private static (int Sample, Int3 Origin) Locate(Conv3dDirectTiling tiling, int tile)
        {
            int alongW = Conv3dDirectTiling.Blocks(tiling.Output.W, tiling.TileW);
            int alongH = Conv3dDirectTiling.Blocks(tiling.Output.H, tiling.TileH);
            int alongD = Conv3dDirectTiling.Blocks(tiling.Output.D, tiling.TileD);
            int w = tile % alongW;
            int h = tile / alongW % alongH;
            int d = tile / alongW / alongH % alongD;
            return (tile / alongW / alongH / alongD, new Int3(d * tiling.TileD, h * tiling.TileH, w * tiling.TileW));
        }

        private int ListSegments(Segment* segments, int n, Int3 origin, int tileD, int tileH)
        {
            Shape output = _tiling.Output;
            Int3 stride = _tiling.Op.Stride;
            int tileW = Math.Min(_tiling.TileW, output.W - origin.W);
            int count = 0;
            for (int d = 0; d < tileD; d++)
            {
                for (int h = 0; h < tileH; h++)
                {
                    int row = ((d * stride.D * _tiling.PanelH) + (h * stride.H)) * _tiling.RowStride;
                    long voxel = (((((long)n * output.D) + origin.D + d) * output.H) + origin.H + h) * output.W + origin.W;
                    for (int w = 0; w < tileW; w += _tiling.SegmentLength)
                    {
                        int columns = Math.Min(_tiling.SegmentLength, tileW - w);
                        segments[count++] = new Segment(row + w, columns, (voxel + w) * _output.Desc.ChannelPitch);
                    }
                }
            }

            return count;
        }

        private void CopyBias(float* bias, int firstBlock, int lastBlock)
        {
            int end = lastBlock * _tiling.BlockLanes;
            for (int oc = firstBlock * _tiling.BlockLanes; oc < end; oc++)
                bias[oc] = oc < _tiling.Output.C ? _bias.Floats[oc] : 0;
        }

        // With `sums` the outputs are complete after this pass and go through the epilogue.
        private void AddBlock(
            int block, int n, int firstIc, int channels, float* panel, float* bias, Segment* segments, int count, float* edge, float* sums)
        {
            int firstOc = block * _tiling.BlockLanes;
            int lanes = LanesOf(block);
            long taps = _tapOffsets.Length;
            Conv3dTile tile = new()
            {
                ChannelStride = _tiling.ChannelStride,
                TapOffsets = (int*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_tapOffsets)),
                Taps = _tapOffsets.Length,
                Channels = channels,
                Weights = _weight.Floats + (firstOc * taps * _tiling.InputChannels) + (firstIc * taps * lanes),
            };
            float* output = _output.Floats + firstOc;
            nint pitch = _output.Desc.ChannelPitch;
            bool fits = firstOc + lanes <= pitch;
            int real = fits ? lanes : (int)pitch - firstOc;
            for (int i = 0; i < count; i += SegmentsPerTile)
            {
                // The last tile repeats its first segment in place of those that are missing; it stores the same values twice.
                Segment s0 = segments[i];
                Segment s1 = segments[i + 1 < count ? i + 1 : i];
                Segment s2 = segments[i + 2 < count ? i + 2 : i];
                tile.Panel0 = panel + s0.Panel;
                tile.Panel1 = panel + s1.Panel;
                tile.Panel2 = panel + s2.Panel;
                bool whole = sums == null && fits && s0.Columns + s1.Columns + s2.Columns == SegmentsPerTile * _tiling.SegmentLength;
                if (whole)
                    tile.SetTarget(output + s0.Target, output + s1.Target, output + s2.Target, pitch);
                else
                    tile.SetTarget(edge, edge + (_tiling.SegmentLength * lanes), edge + (2 * _tiling.SegmentLength * lanes), lanes);
                if (firstIc == 0)
                {
                    tile.SetStart(bias + firstOc, bias + firstOc, bias + firstOc, 0);
                }
                else
                {
                    tile.SetStart(tile.Target0, tile.Target1, tile.Target2, tile.TargetPitch);
                    if (!whole)
                    {
                        Copy(output + s0.Target, pitch, tile.Target0, lanes, s0.Columns, real);
                        Copy(output + s1.Target, pitch, tile.Target1, lanes, s1.Columns, real);
                        Copy(output + s2.Target, pitch, tile.Target2, lanes, s2.Columns, real);
                    }
                }

                TMicroKernel.Run(lanes, &tile);
                if (sums != null)
                {
                    // A repeated segment must not be summed twice.
                    _epilogue.Store(tile.Target0, lanes, s0.Columns, s0.Target, n, firstOc, real, sums);
                    if (i + 1 < count)
                        _epilogue.Store(tile.Target1, lanes, s1.Columns, s1.Target, n, firstOc, real, sums);
                    if (i + 2 < count)
                        _epilogue.Store(tile.Target2, lanes, s2.Columns, s2.Target, n, firstOc, real, sums);
                }
                else if (!whole)
                {
                    Copy(tile.Target0, lanes, output + s0.Target, pitch, s0.Columns, real);
                    Copy(tile.Target1, lanes, output + s1.Target, pitch, s1.Columns, real);
                    Copy(tile.Target2, lanes, output + s2.Target, pitch, s2.Columns, real);
                }
            }
        }

        private static void Copy(float* source, nint sourcePitch, float* target, nint targetPitch, int columns, int lanes)
        {
            for (int column = 0; column < columns; column++)
                new ReadOnlySpan<float>(source + (column * sourcePitch), lanes).CopyTo(new Span<float>(target + (column * targetPitch), lanes));
        }
    }
}
