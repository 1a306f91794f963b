using System.Reflection;
using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// The convolution of one source by tiles that are boxes of voxels, whose sources are copied to shared memory once for all taps (<see cref="Conv3dTensorHaloGpuBody"/>): beside <see cref="Conv3dTensorGpu{TBlock, TWarp, TElement, TLoads}"/>, whose
/// tiles are rows of voxels, for layers of many voxels. Their sums are added up in another order.
/// </summary>
/// <typeparam name="TBlock">The tile of a group, of 128 rows.</typeparam>
/// <typeparam name="TWarp">The part of a warp.</typeparam>
/// <typeparam name="TElement">What is multiplied.</typeparam>
/// <typeparam name="TLoads">How it comes from shared memory.</typeparam>
/// <typeparam name="TSlab">Channels in shared memory at once.</typeparam>
internal sealed class Conv3dTensorHaloGpu<TBlock, TWarp, TElement, TLoads, TSlab> : GpuTileKernel<TBlock, TElement>
    where TBlock : struct, IGpuBlockTile
    where TWarp : struct, IGpuWarpTile
    where TElement : struct, IGpuElement
    where TLoads : struct, IGpuTileLoads
    where TSlab : struct, IGpuSlab
{
    private static readonly int SlabChunks = default(TSlab).Chunks;

    protected override string Pass => default(TSlab).IsStep ? "ForwardHalo" : "ForwardHaloNarrow";

    public override IReadOnlyList<MethodInfo> Bodies => [Body.Method, Conv3dTensorHaloGpuPacking.Body.Method, Conv3dTensorGpuStatistics.Body.Method];

    private static Action<Conv3dTensorHaloArguments> Body => Conv3dTensorHaloGpuBody.Convolve<TBlock, TWarp, TElement, TLoads, TSlab>;

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps)
    {
        if (!GpuElementSupport.Has(Precision, caps)
            || op is not Conv3dOp { NormalisedSourceSlope: null, NormalisedAddendSlope: null, OutputLayout: Layout.NDHWC, Sources: 1, Kernel: { D: 1 or 3, H: 1 or 3, W: GpuHalo.TapsOfLine } } convolution
            || convolution.Stride != Int3.One || convolution.FirstSourceFactor != Int3.One)
            return false;
        bool isNarrow = operands[0].Shape.C * Type.Size() <= default(GpuSlab32).Chunks * GpuWord4.ByteLength;
        return Fits(operands[0]) && HasChunks(operands[0]) && isNarrow != default(TSlab).IsStep && FitBehindSources(convolution, operands)
            && !IsSplitByRows(convolution, operands);
    }

    public override double Cost(Op op, ReadOnlySpan<TensorDesc> operands) => TilingOf((Conv3dOp)op, operands).Cost;

    public override long WorkspaceBytes(Op op, ReadOnlySpan<TensorDesc> operands, Device device) =>
        Conv3dTensorGpuSteps.WorkspaceBytes((Conv3dOp)op, operands[^1].Shape, TilingOf((Conv3dOp)op, operands), BlocksOf(operands[^1].Shape));

    public override Packing? PackingOf(Op op, ReadOnlySpan<TensorDesc> operands, int operand) =>
        operand == ((Conv3dOp)op).WeightOperand ? new Conv3dTensorHaloGpuPacking(Precision, operands[operand].Shape, SlabChunks) : null;

    public override Step Bind(Op op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, Device device)
    {
        Conv3dOp convolution = (Conv3dOp)op;
        GpuDevice gpu = (GpuDevice)device;
        Conv3dTensorTiling tiling = TilingOf(convolution, Operands.DescsOf(operands));
        Conv3dTensorHaloArguments arguments = ArgumentsOf(convolution, operands, tiling);
        KernelConfig config = new(checked(tiling.RowTiles * tiling.ColumnTiles), GpuBlock.Threads);
        return Conv3dTensorGpuSteps.Bind(convolution, operands, workspace, gpu, tiling, BlocksOf(operands[^1].Desc.Shape), arguments.Convolution.Output, stored =>
        {
            arguments.Convolution.Output = stored;
            return new GpuStep<Conv3dTensorHaloArguments>(gpu, Body, config, arguments, GpuLaunch.KeepArguments);
        });
    }

    // Layers of so few voxels that tiles of rows split their sums: boxes cannot, and must not keep such layers' statistics from a pass of their own.
    private static bool IsSplitByRows(Conv3dOp op, ReadOnlySpan<TensorDesc> operands)
    {
        long steps = Conv3dTensorGpuPacking.StepsOf(Type, operands[op.WeightOperand].Shape, operands[0].Shape.C, isGathered: false);
        return Conv3dTensorTiling.Of(operands[^1].Shape, steps, TileRows, TileColumns, isGathered: false).Parts > 1;
    }

    private static Int3 BoxesOf(Shape output) => new(
        (output.D + GpuHalo.Depth - 1) / GpuHalo.Depth, (output.H + GpuHalo.Height - 1) / GpuHalo.Height, (output.W + GpuHalo.Width - 1) / GpuHalo.Width);

    private static int BlocksOf(Shape output) => checked((int)BoxesOf(output).Product * (TileRows / Conv3dTensorGpuStatistics.BlockRows));

    private static Conv3dTensorTiling TilingOf(Conv3dOp op, ReadOnlySpan<TensorDesc> operands)
    {
        Shape output = operands[^1].Shape;
        long boxes = output.N * BoxesOf(output).Product;
        long slabs = Conv3dTensorHaloGpuPacking.SlabsOf(Precision, operands[op.WeightOperand].Shape, SlabChunks);
        return Conv3dTensorTiling.OfBoxes(boxes, output.C, op.Kernel.Product * SlabChunks / (double)GpuTileMemory.RowChunks, slabs, TileRows, TileColumns, default(TWarp).Rows + default(TWarp).Columns);
    }

    private static Conv3dTensorHaloArguments ArgumentsOf(Conv3dOp op, ReadOnlySpan<TensorView> operands, Conv3dTensorTiling tiling)
    {
        TensorView weight = operands[op.WeightOperand];
        Shape output = operands[^1].Desc.Shape;
        Conv3dTensorSource source = Conv3dTensorSource.From(operands[0], Int3.One);
        Conv3dTensorHaloGpuPacking packing = new(Precision, weight.Desc.Shape, SlabChunks);
        return new Conv3dTensorHaloArguments
        {
            Convolution = new Conv3dTensorArguments
            {
                First = source,
                Second = source.WithoutChannels(),
                Weight = ((GpuMemory)weight.Memory).View<GpuWord4>(weight.ByteOffset, packing.ByteLength),
                Bias = GpuTensor.BytesOf<float>(operands[op.BiasOperand]),
                Output = Conv3dTensorOutput.From(operands[^1], hasBias: true),
                Kernel = GpuInt3.From(op.Kernel),
                Stride = GpuInt3.From(Int3.One),
                Begin = GpuInt3.From(Int3.From(axis => -(op.Kernel[axis] / 2))),
                Size = source.Size,
                OutputSize = source.Size,
                TilesOfSample = tiling.RowTiles / output.N,
                RowTiles = tiling.RowTiles,
                ColumnTiles = tiling.ColumnTiles,
            },
            Boxes = GpuInt3.From(BoxesOf(output)),
            Slabs = (int)Conv3dTensorHaloGpuPacking.SlabsOf(Precision, weight.Desc.Shape, SlabChunks),
        };
    }
}
