using System.Reflection;
using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// The data gradient by tiles (<see cref="Conv3dTensorDataGpuBody"/>), one kernel per element type and tile, as <see cref="Conv3dTensorGpu{TBlock, TWarp, TElement, TLoads}"/> forwards. Both gradients have the
/// element type, weights are packed to it, sums are float32.
/// </summary>
/// <typeparam name="TBlock">The tile of a group.</typeparam>
/// <typeparam name="TWarp">The part of a warp.</typeparam>
/// <typeparam name="TElement">What is multiplied.</typeparam>
/// <typeparam name="TLoads">How it comes from shared memory.</typeparam>
/// <param name="isGathered">Whether elements are loaded one by one.</param>
internal sealed class Conv3dTensorDataGpu<TBlock, TWarp, TElement, TLoads>(bool isGathered) : GpuTileKernel<TBlock, TElement>
    where TBlock : struct, IGpuBlockTile
    where TWarp : struct, IGpuWarpTile
    where TElement : struct, IGpuElement
    where TLoads : struct, IGpuTileLoads
{
    private const int Weight = 1;

    protected override string Pass => isGathered ? "DataGradientGather" : "DataGradient";

    public override IReadOnlyList<MethodInfo> Bodies => [Body.Method, Conv3dTensorDataGpuPacking.Body.Method, Conv3dTensorGpuParts.Body.Method];

    private Action<Conv3dTensorDataArguments> Body => isGathered
        ? Conv3dTensorDataGpuBody.ConvolveGathered<TBlock, TWarp, TElement, TLoads>
        : Conv3dTensorDataGpuBody.Convolve<TBlock, TWarp, TElement, TLoads>;

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps)
    {
        if (!GpuElementSupport.Has(Precision, caps) || op is not Conv3dDataGradientOp || !Fits(operands[0]))
            return false;
        return HasChunks(operands[0]) != isGathered && Fits(operands[^1])
            && operands[Weight] is { DType: DType.F32, Layout: Layout.NCDHW }
            && Conv3dTensorTaps.Supports(operands[Weight].Shape.Size)
            && Conv3dTensorSource.Supports(operands[0].Shape.Size, Int3.One);
    }

    public override double Cost(Op op, ReadOnlySpan<TensorDesc> operands) => TilingOf((Conv3dDataGradientOp)op, operands[Weight].Shape, operands[^1].Shape).Cost;

    public override long WorkspaceBytes(Op op, ReadOnlySpan<TensorDesc> operands, Device device)
    {
        Conv3dTensorTiling tiling = TilingOf((Conv3dDataGradientOp)op, operands[Weight].Shape, operands[^1].Shape);
        return tiling.Parts > 1 ? tiling.Parts * operands[^1].Shape.Count * sizeof(float) : 0;
    }

    public override Packing? PackingOf(Op op, ReadOnlySpan<TensorDesc> operands, int operand) =>
        operand == Weight ? new Conv3dTensorDataGpuPacking(Precision, operands[Weight].Shape, ((Conv3dDataGradientOp)op).Stride, isGathered) : null;

    public override Step Bind(Op op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, Device device)
    {
        Conv3dDataGradientOp gradient = (Conv3dDataGradientOp)op;
        Shape output = operands[^1].Desc.Shape;
        Conv3dTensorTiling tiling = TilingOf(gradient, operands[Weight].Desc.Shape, output);
        int phases = (int)gradient.Stride.Product;
        GpuDevice gpu = (GpuDevice)device;
        Conv3dTensorDataArguments arguments = new()
        {
            Convolution = ConvolutionOf(gradient, operands, tiling),
            Phases = Conv3dTensorDataGpuPacking.PhasesOf(Type, operands[Weight].Desc.Shape, gradient.Stride, isGathered),
            Size = GpuInt3.From(output.Size),
            PhaseCount = phases,
            TilesOfPhase = checked(tiling.RowTiles * tiling.ColumnTiles * tiling.Parts),
        };
        KernelConfig config = new(checked(arguments.TilesOfPhase * phases), GpuBlock.Threads);
        if (tiling.Parts == 1)
            return new GpuStep<Conv3dTensorDataArguments>(gpu, Body, config, arguments, GpuLaunch.KeepArguments);
        long floats = tiling.Parts * output.Count;
        GpuLaunch.Require32Bits(floats);
        ArrayView<float> parts = GpuMemory.Floats(workspace, 0, floats);
        arguments.Convolution.Output.Floats = parts;
        arguments.Convolution.Output.Pitch = output.C;
        arguments.Convolution.Output.IsFloat = 1;
        arguments.Convolution.Output.PartElements = (int)output.Count;
        return new GpuStepSequence(
        [
            new GpuStep<Conv3dTensorDataArguments>(gpu, Body, config, arguments, GpuLaunch.KeepArguments),
            Conv3dTensorGpuParts.Bind(gpu, parts, tiling.Parts, bias: null, operands[^1]),
        ]);
    }

    // As if every phase had the voxels and the taps of the largest.
    private Conv3dTensorTiling TilingOf(Conv3dDataGradientOp op, Shape weight, Shape output)
    {
        Conv3dTensorPhases phases = Conv3dTensorDataGpuPacking.PhasesOf(Type, weight, op.Stride, isGathered);
        int count = (int)op.Stride.Product;
        int most = Enumerable.Range(0, count).Max(phase => phases.StepsOf(Conv3dTensorPhase.Of(phases.Kernel, phases.Stride, phase).Count));
        Shape largest = new(output.N, output.C, Int3.From(axis => (output.Size[axis] + op.Stride[axis] - 1) / op.Stride[axis]));
        return Conv3dTensorTiling.Of(largest, count, most, (double)phases.StepsBefore(count) / count, TileRows, TileColumns, isGathered);
    }

    private Conv3dTensorArguments ConvolutionOf(Conv3dDataGradientOp op, ReadOnlySpan<TensorView> operands, Conv3dTensorTiling tiling)
    {
        TensorView weight = operands[Weight];
        TensorDesc output = operands[^1].Desc;
        Conv3dTensorSource gradient = Conv3dTensorSource.From(operands[0], Int3.One);
        long packed = new Conv3dTensorDataGpuPacking(Precision, weight.Desc.Shape, op.Stride, isGathered).ByteLength;
        Conv3dTensorOutput stored = Conv3dTensorOutput.From(operands[^1]);
        stored.IsPhase = 1;
        stored.Spacing = GpuInt3.From(op.Stride);
        stored.Size = GpuInt3.From(output.Shape.Size);
        return new Conv3dTensorArguments
        {
            First = gradient,
            Second = gradient.WithoutChannels(),
            Weight = ((GpuMemory)weight.Memory).View<GpuWord4>(weight.ByteOffset, packed),
            Bias = stored.Floats,
            Output = stored,
            Stride = GpuInt3.From(Int3.One),
            Size = gradient.Size,
            FirstChunks = gradient.ChannelChunks,
            ChunksOfTap = gradient.ChannelChunks,
            StepsOfPart = tiling.StepsOfPart,
            TilesOfSample = tiling.RowTiles / output.Shape.N,
            RowTiles = tiling.RowTiles,
            ColumnTiles = tiling.ColumnTiles,
        };
    }
}
