using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// The weight gradient block of weights by block of weights: for the deep layers, whose weights outnumber their voxels, so that partial sums over pieces of
/// the voxels would be more to move than to compute. A body copies its channels of both operands side by side, adds up every tap over all voxels, and
/// writes finished weights. Order of additions of one weight: voxels of a sample, samples; it depends on the shapes only.
/// </summary>
internal sealed unsafe class Conv3dWeightGradientBlocks<TMicroKernel> : IKernel
    where TMicroKernel : struct, IWeightGradientMicroKernel
{
    private const int Channels = IWeightGradientMicroKernel.Channels;

    public string Name => $"WeightGradientBlocks{TMicroKernel.Level}";

    public bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) =>
        op is Conv3dWeightGradientOp gradient && caps.Simd >= TMicroKernel.Level && operands[^1].Layout == Layout.NCDHW && Operands.AreFloatsChannelsLast(operands[..^1])
        && operands[0].ChannelPitch % Channels == 0 && (gradient.Sources == 1 || operands[1].ChannelPitch % Channels == 0)
        && TilingOf(gradient, operands).Suits;

    public long WorkspaceBytes(Op op, ReadOnlySpan<TensorDesc> operands, Device device) =>
        ((CpuDevice)device).Workers.Count * TilingOf(op, operands).ScratchBytes;

    public Step Bind(Op op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, Device device)
    {
        return new GradientStep(TilingOf(op, Operands.DescsOf(operands)), operands.ToArray(), workspace, ((CpuDevice)device).Workers);
    }

    private static WeightGradientBlockTiling TilingOf(Op op, ReadOnlySpan<TensorDesc> operands) =>
        new((Conv3dWeightGradientOp)op, operands, TMicroKernel.Lanes, TMicroKernel.RowTaps);

    private sealed class GradientStep(WeightGradientBlockTiling tiling, TensorView[] operands, MemorySpan workspace, WorkerPool workers) : Step, IParallelBody
    {
        private readonly WeightGradientBlockCopies _copies = new(tiling, operands, workers.Count);
        private readonly WeightGradientBlockWriter _writer = new(tiling, operands);

        public override void Run(RunContext context)
        {
            _copies.Forget();
            workers.Run(tiling.OutputBlocks * tiling.SourceBlocks, this);
        }

        public void Execute(int index, int worker)
        {
            (int block, int sourceBlock) = tiling.BlocksOf(index);
            float* dy = (float*)(workspace.Bytes + (worker * tiling.ScratchBytes));
            float* x = dy + tiling.GradientFloats;
            float* sums = x + tiling.SourceFloats;
            _copies.Fill(worker, block, sourceBlock, dy, x);
            new Span<float>(sums, (int)tiling.SumFloats).Clear();
            Int3 kernel = tiling.Op.Kernel;
            for (int tap = 0; tap < kernel.Product; tap += tiling.RowTaps)
            {
                int middle = tap + (tiling.RowTaps / 2);
                Int3 at = kernel.PositionOf(middle);
                AddTap(dy, x, at, sums + ((long)tap * Channels * tiling.BlockLanes));
            }

            _writer.Write(block, sourceBlock, sums);
        }

        // One tap, or a row of them by its middle one: only the outputs that read inside of the source.
        private void AddTap(float* dy, float* x, Int3 tap, float* sums)
        {
            Int3 stride = tiling.Op.Stride;
            Int3 kernel = tiling.Op.Kernel;
            Int3 shift = new(tap.D - (kernel.D / 2), tap.H - (kernel.H / 2), tap.W - (kernel.W / 2));
            (int firstD, int endD) = TapRange.Of(0, tiling.Output.D, stride.D, shift.D, tiling.Input.D);
            (int firstH, int endH) = TapRange.Of(0, tiling.Output.H, stride.H, shift.H, tiling.Input.H);
            (int firstW, int endW) = TapRange.Of(0, tiling.Output.W, stride.W, shift.W, tiling.Input.W);
            if (firstD >= endD || firstH >= endH || firstW >= endW)
                return;
            Int3 first = new((firstD * stride.D) + shift.D, (firstH * stride.H) + shift.H, (firstW * stride.W) + shift.W);
            nint rowX = (nint)tiling.SourceColumns * Channels;
            nint rowDy = (nint)tiling.GradientColumns * tiling.BlockLanes;
            int firstColumn = firstW + (tiling.RowTaps / 2); // behind the zeros
            WeightGradientTile tile = new()
            {
                Taps = tiling.RowTaps,
                Slices = endD - firstD,
                Rows = endH - firstH,
                Columns = endW - firstW,
                Vectors = tiling.Vectors,
                XColumn = stride.W * Channels,
                XRow = stride.H * rowX,
                XSlice = stride.D * tiling.Input.H * rowX,
                DyColumn = tiling.BlockLanes,
                DyRow = rowDy,
                DySlice = tiling.Output.H * rowDy,
                X = x + ((((nint)first.D * tiling.Input.H) + first.H) * rowX) + (first.W * Channels),
                Dy = dy + ((((nint)firstD * tiling.Output.H) + firstH) * rowDy) + (firstColumn * tiling.BlockLanes),
                XOuter = (stride.W - 1) * Channels,
                DyLast = (stride.W - 2) * tiling.BlockLanes,
                Sums = sums,
                SumsTap = Channels * tiling.BlockLanes,
            };
            nint* neighbours = stackalloc nint[Channels];
            for (int i = 0; i < Channels; i++)
                neighbours[i] = i;
            for (int n = 0; n < tiling.Output.N; n++)
            {
                TMicroKernel.Run(&tile, neighbours);
                tile.X += tiling.SourceFloats / tiling.Output.N;
                tile.Dy += tiling.GradientFloats / tiling.Output.N;
            }
        }
    }
}
