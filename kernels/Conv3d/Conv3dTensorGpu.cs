using System.Reflection;
using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// The convolution by tiles (<see cref="Conv3dTensorGpuBody"/>, <see cref="Conv3dTensorGpuGather"/>), one kernel per element type and tile: on tensor cores, to which float32 operands are rounded as TF32,
/// or unrounded by fused multiply-adds. Sources and output have the element type, weights are packed to it, bias and sums are float32.
/// </summary>
/// <typeparam name="TBlock">The tile of a group.</typeparam>
/// <typeparam name="TWarp">The part of a warp.</typeparam>
/// <typeparam name="TElement">What is multiplied.</typeparam>
/// <typeparam name="TLoads">How it comes from shared memory.</typeparam>
/// <param name="isGathered">Whether elements are loaded one by one.</param>
internal sealed class Conv3dTensorGpu<TBlock, TWarp, TElement, TLoads>(bool isGathered) : GpuTileKernel<TBlock, TElement>
    where TBlock : struct, IGpuBlockTile
    where TWarp : struct, IGpuWarpTile
    where TElement : struct, IGpuElement
    where TLoads : struct, IGpuTileLoads
{
    protected override string Pass => isGathered ? "ForwardGather" : "Forward";

    public override IReadOnlyList<MethodInfo> Bodies => [.. Tiles.Select(tile => tile.Method), Conv3dTensorGpuPacking.Body.Method, Conv3dTensorGpuParts.Body.Method, Conv3dTensorGpuStatistics.Body.Method];

    // For sources as they lie, and for those of which the first is upsampled.
    private Action<Conv3dTensorArguments>[] Tiles => isGathered
        ? [Conv3dTensorGpuGather.Convolve<TBlock, TWarp, TElement, TLoads, Conv3dTensorRow>, Conv3dTensorGpuGather.Convolve<TBlock, TWarp, TElement, TLoads, Conv3dTensorUpsampledRow>]
        : [Conv3dTensorGpuBody.Convolve<TBlock, TWarp, TElement, TLoads, Conv3dTensorRow>, Conv3dTensorGpuBody.Convolve<TBlock, TWarp, TElement, TLoads, Conv3dTensorUpsampledRow>];

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps)
    {
        if (!GpuElementSupport.Has(Precision, caps) || op is not Conv3dOp { NormalisedSourceSlope: null, NormalisedAddendSlope: null, OutputLayout: Layout.NDHWC } convolution)
            return false;
        bool hasChunks = true;
        for (int i = 0; i < convolution.Sources; i++)
        {
            if (!Fits(operands[i]))
                return false;
            hasChunks &= HasChunks(operands[i]);
        }

        return hasChunks != isGathered && FitBehindSources(convolution, operands)
            && Conv3dTensorTaps.Supports(convolution.Kernel)
            && Conv3dTensorSource.Supports(convolution.VirtualSize(operands[0].Shape.Size), convolution.FirstSourceFactor)
            && (convolution.StatisticsEpsilon is null || TilingOf(convolution, operands).Parts == 1);
    }

    public override double Cost(Op op, ReadOnlySpan<TensorDesc> operands) => TilingOf((Conv3dOp)op, operands).Cost;

    public override long WorkspaceBytes(Op op, ReadOnlySpan<TensorDesc> operands, Device device) =>
        Conv3dTensorGpuSteps.WorkspaceBytes((Conv3dOp)op, operands[^1].Shape, TilingOf((Conv3dOp)op, operands), Conv3dTensorGpuSteps.BlocksOf(operands[^1].Shape));

    public override Packing? PackingOf(Op op, ReadOnlySpan<TensorDesc> operands, int operand) =>
        operand == ((Conv3dOp)op).WeightOperand ? PackingOf(operands[operand].Shape, operands[0].Shape.C) : null;

    public override Step Bind(Op op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, Device device)
    {
        Conv3dOp convolution = (Conv3dOp)op;
        Conv3dTensorTiling tiling = TilingOf(convolution, Operands.DescsOf(operands));
        GpuDevice gpu = (GpuDevice)device;
        Conv3dTensorArguments arguments = ArgumentsOf(convolution, operands, tiling);
        KernelConfig config = new(checked(tiling.RowTiles * tiling.ColumnTiles * tiling.Parts), GpuBlock.Threads);
        return Conv3dTensorGpuSteps.Bind(convolution, operands, workspace, gpu, tiling, Conv3dTensorGpuSteps.BlocksOf(operands[^1].Desc.Shape), arguments.Output, stored =>
        {
            arguments.Output = stored;
            return new GpuStep<Conv3dTensorArguments>(gpu, convolution.FirstSourceFactor == Int3.One ? Tiles[0] : Tiles[^1], config, arguments, GpuLaunch.KeepArguments);
        });
    }

    private Conv3dTensorTiling TilingOf(Conv3dOp op, ReadOnlySpan<TensorDesc> operands) => Conv3dTensorTiling.Of(
        operands[^1].Shape, Conv3dTensorGpuPacking.StepsOf(Type, operands[op.WeightOperand].Shape, operands[0].Shape.C, isGathered), TileRows, TileColumns, isGathered);

    private Conv3dTensorGpuPacking PackingOf(Shape weight, int firstChannels) => new(Precision, weight, firstChannels, isGathered);

    private Conv3dTensorArguments ArgumentsOf(Conv3dOp op, ReadOnlySpan<TensorView> operands, Conv3dTensorTiling tiling)
    {
        TensorView weight = operands[op.WeightOperand];
        Shape first = operands[0].Desc.Shape;
        Conv3dTensorGpuPacking packing = PackingOf(weight.Desc.Shape, first.C);
        Conv3dTensorSource source = Conv3dTensorSource.From(operands[0], op.FirstSourceFactor);
        Conv3dTensorSource second = Conv3dTensorSource.From(operands[op.Sources - 1], op.Sources == 2 ? Int3.One : op.FirstSourceFactor);
        if (op.Sources == 1)
            second = second.WithoutChannels();
        return new Conv3dTensorArguments
        {
            First = source,
            Second = second,
            Weight = ((GpuMemory)weight.Memory).View<GpuWord4>(weight.ByteOffset, packing.ByteLength),
            Bias = GpuTensor.BytesOf<float>(operands[op.BiasOperand]),
            Output = Conv3dTensorOutput.From(operands[^1], hasBias: true),
            Kernel = GpuInt3.From(op.Kernel),
            Stride = GpuInt3.From(op.Stride),
            Begin = GpuInt3.From(Int3.From(axis => -(op.Kernel[axis] / 2))),
            Size = GpuInt3.From(op.VirtualSize(first.Size)),
            OutputSize = GpuInt3.From(operands[^1].Desc.Shape.Size),
            FirstChunks = source.ChannelChunks,
            ChunksOfTap = source.ChannelChunks + second.ChannelChunks,
            Steps = tiling.Steps,
            StepsOfPart = tiling.StepsOfPart,
            TilesOfSample = tiling.RowTiles / operands[^1].Desc.Shape.N,
            RowTiles = tiling.RowTiles,
            ColumnTiles = tiling.ColumnTiles,
        };
    }
}
