using System.Reflection;
using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// The weight gradient by tiles (<see cref="Conv3dTensorWeightGpuBody"/>, <see cref="Conv3dTensorWeightGpuGather"/>), one kernel per element type and tile, as
/// <see cref="Conv3dTensorGpu{TBlock, TWarp, TElement, TLoads}"/> forwards. Sources and the output's gradient have the element type, sums and result are float32.
/// </summary>
/// <typeparam name="TBlock">The tile of a group.</typeparam>
/// <typeparam name="TWarp">The part of a warp.</typeparam>
/// <typeparam name="TElement">What is multiplied.</typeparam>
/// <typeparam name="TLoads">How it comes from shared memory: transposed, in one way for 16 bits and another for 32.</typeparam>
/// <param name="isGathered">Whether elements are loaded one by one.</param>
internal sealed class Conv3dTensorWeightGpu<TBlock, TWarp, TElement, TLoads>(bool isGathered) : GpuTileKernel<TBlock, TElement>
    where TBlock : struct, IGpuBlockTile
    where TWarp : struct, IGpuWarpTile
    where TElement : struct, IGpuElement
    where TLoads : struct, IGpuTileLoads
{
    private static readonly int ElementBytes = default(TElement).ByteLength;
    private static readonly int ChannelsOfChunk = Conv3dTensorWeightTiling.ChannelsOfChunk(ElementBytes);

    protected override string Pass => isGathered ? "WeightGradientGather" : "WeightGradient";

    public override IReadOnlyList<MethodInfo> Bodies => [.. Tiles.Select(tile => tile.Method), Conv3dTensorWeightGpuSum.Body.Method];

    // For sources as they lie, and for those of which the first is upsampled.
    private Action<Conv3dTensorWeightArguments>[] Tiles => isGathered
        ? [Conv3dTensorWeightGpuGather.Accumulate<TBlock, TWarp, TElement, TLoads, Conv3dTensorUnscaled>, Conv3dTensorWeightGpuGather.Accumulate<TBlock, TWarp, TElement, TLoads, Conv3dTensorUpsampled>]
        : [Conv3dTensorWeightGpuBody.Accumulate<TBlock, TWarp, TElement, TLoads, Conv3dTensorUnscaled>, Conv3dTensorWeightGpuBody.Accumulate<TBlock, TWarp, TElement, TLoads, Conv3dTensorUpsampled>];

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps)
    {
        if (!GpuElementSupport.Has(Precision, caps) || op is not Conv3dWeightGradientOp gradient)
            return false;
        bool hasChunks = true;
        for (int i = 0; i <= gradient.Sources; i++)
        {
            if (!Fits(operands[i]))
                return false;
            hasChunks &= HasChunks(operands[i]);
        }

        return hasChunks != isGathered && operands[^1] is { DType: DType.F32, Layout: Layout.NCDHW }
            && Conv3dTensorTaps.Supports(gradient.Kernel)
            && Conv3dTensorSource.Supports(gradient.VirtualSize(operands[0].Shape.Size), gradient.FirstSourceFactor);
    }

    public override double Cost(Op op, ReadOnlySpan<TensorDesc> operands) => TilingOf((Conv3dWeightGradientOp)op, operands).Cost;

    public override long WorkspaceBytes(Op op, ReadOnlySpan<TensorDesc> operands, Device device) =>
        FloatsOf(TilingOf((Conv3dWeightGradientOp)op, operands), operands[^1].Shape) * sizeof(float);

    public override Step Bind(Op op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, Device device)
    {
        Conv3dWeightGradientOp gradient = (Conv3dWeightGradientOp)op;
        TensorDesc[] descs = Operands.DescsOf(operands);
        Shape weight = descs[^1].Shape;
        Conv3dTensorWeightTiling tiling = TilingOf(gradient, descs);
        long floats = FloatsOf(tiling, weight);
        GpuLaunch.Require32Bits(floats);
        Conv3dTensorWeightArguments arguments = ArgumentsOf(gradient, operands, tiling);
        arguments.Parts = GpuMemory.Floats(workspace, 0, floats);
        GpuDevice gpu = (GpuDevice)device;
        KernelConfig config = new(checked(tiling.RowTiles * tiling.ColumnTiles * tiling.Parts), GpuBlock.Threads);
        int firstChannels = descs[0].Shape.C;
        return new GpuStepSequence(
        [
            new GpuStep<Conv3dTensorWeightArguments>(gpu, gradient.FirstSourceFactor == Int3.One ? Tiles[0] : Tiles[^1], config, arguments, GpuLaunch.KeepArguments),
            Conv3dTensorWeightGpuSum.Bind(gpu, new Conv3dTensorWeightSumArguments
            {
                Parts = arguments.Parts,
                Weight = GpuTensor.BytesOf<float>(operands[^1]),
                PartCount = tiling.Parts,
                Rows = tiling.Rows,
                Taps = (int)weight.Voxels,
                InputChannels = weight.C,
                OutputChannels = weight.N,
                FirstChannels = firstChannels,
                FirstRows = isGathered ? firstChannels : arguments.FirstChunks * ChannelsOfChunk,
                RowsOfTap = tiling.Rows / (int)weight.Voxels,
            }),
        ]);
    }

    private static long FloatsOf(Conv3dTensorWeightTiling tiling, Shape weight) => (long)tiling.Parts * tiling.Rows * weight.N;

    private static Conv3dTensorWeightArguments ArgumentsOf(Conv3dWeightGradientOp op, ReadOnlySpan<TensorView> operands, Conv3dTensorWeightTiling tiling)
    {
        TensorView gradient = operands[op.Sources];
        GpuLaunch.Require32Bits(gradient.Desc.ElementCount);
        Conv3dTensorSource first = Conv3dTensorSource.From(operands[0], op.FirstSourceFactor);
        Conv3dTensorSource second = Conv3dTensorSource.From(operands[op.Sources - 1], op.Sources == 2 ? Int3.One : op.FirstSourceFactor);
        if (op.Sources == 1)
            second = second.WithoutChannels();
        int firstChunks = Conv3dTensorWeightTiling.ChunksOf(first.Channels, ElementBytes);
        GpuInt3 outputSize = GpuInt3.From(gradient.Desc.Shape.Size);
        return new Conv3dTensorWeightArguments
        {
            First = first,
            Second = second,
            GradientChunks = GpuTensor.BytesOf<GpuWord4>(gradient),
            GradientHalves = GpuTensor.BytesOf<ushort>(gradient),
            GradientWords = GpuTensor.BytesOf<uint>(gradient),
            Kernel = GpuInt3.From(op.Kernel),
            Stride = GpuInt3.From(op.Stride),
            Size = GpuInt3.From(op.VirtualSize(operands[0].Desc.Shape.Size)),
            OutputSize = outputSize,
            OutputChannels = gradient.Desc.Shape.C,
            GradientPitch = gradient.Desc.ChannelPitch,
            FirstChunks = firstChunks,
            ChunksOfTap = firstChunks + Conv3dTensorWeightTiling.ChunksOf(second.Channels, ElementBytes),
            Rows = tiling.Rows,
            Voxels = (int)(gradient.Desc.Shape.N * gradient.Desc.Shape.Voxels),
            HasGradientChunks = gradient.Desc.ChannelPitch % ChannelsOfChunk == 0 ? 1 : 0,
            Step = Conv3dTensorWalk.From(outputSize, Conv3dTensorWeightTiling.VoxelsOfStep(ElementBytes)),
            Steps = tiling.Steps,
            StepsOfPart = tiling.StepsOfPart,
            RowTiles = tiling.RowTiles,
            ColumnTiles = tiling.ColumnTiles,
        };
    }

    private Conv3dTensorWeightTiling TilingOf(Conv3dWeightGradientOp op, ReadOnlySpan<TensorDesc> operands)
    {
        Shape gradient = operands[op.Sources].Shape;
        int second = op.Sources == 2 ? operands[1].Shape.C : 0;
        int rows = Conv3dTensorWeightTiling.RowsOf(op.Kernel.Product, operands[0].Shape.C, second, ElementBytes, isGathered);
        return Conv3dTensorWeightTiling.Of(rows, gradient.C, gradient.N * gradient.Voxels, ElementBytes, TileRows, TileColumns, isGathered);
    }
}
