using System.Reflection;
using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// The convolution whose first source is upsampled, by tiles, phase by phase over the source as it lies (<see cref="Conv3dTensorUpsampledGpuBody"/>): beside <see cref="Conv3dTensorGpu{TBlock, TWarp, TElement, TLoads}"/>, which reads it
/// upsampled, 8 products instead of 27 of its channels for 3x3x3 taps at a factor of 2. Weights are summed before they are rounded.
/// </summary>
/// <typeparam name="TBlock">The tile of a group.</typeparam>
/// <typeparam name="TWarp">The part of a warp.</typeparam>
/// <typeparam name="TElement">What is multiplied.</typeparam>
/// <typeparam name="TLoads">How it comes from shared memory.</typeparam>
internal sealed class Conv3dTensorUpsampledGpu<TBlock, TWarp, TElement, TLoads> : GpuTileKernel<TBlock, TElement>
    where TBlock : struct, IGpuBlockTile
    where TWarp : struct, IGpuWarpTile
    where TElement : struct, IGpuElement
    where TLoads : struct, IGpuTileLoads
{
    protected override string Pass => "ForwardUpsampled";

    public override bool IsExact => false;

    public override IReadOnlyList<MethodInfo> Bodies =>
        [Body.Method, Conv3dTensorUpsampledGpuPacking.Body.Method, Conv3dTensorGpuParts.Body.Method, Conv3dTensorGpuStatistics.Body.Method];

    private static Action<Conv3dTensorUpsampledArguments> Body => Conv3dTensorUpsampledGpuBody.Convolve<TBlock, TWarp, TElement, TLoads>;

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps)
    {
        // On a processor behind OpenCL the emulation of two loops of so many products overflows the stacks of PoCL's threads.
        if (!GpuElementSupport.Has(Precision, caps) || (TileColumns > 64 && !caps.HasGroupMemory)
            || op is not Conv3dOp { NormalisedSourceSlope: null, NormalisedAddendSlope: null, OutputLayout: Layout.NDHWC } convolution || convolution.Stride != Int3.One || !HasSharedVoxels(convolution))
            return false;
        for (int i = 0; i < convolution.Sources; i++)
        {
            if (!Fits(operands[i]) || !HasChunks(operands[i]))
                return false;
        }

        return FitBehindSources(convolution, operands)
            && Conv3dTensorTaps.Supports(convolution.Kernel)
            && (convolution.StatisticsEpsilon is null || TilingOf(convolution, operands).Parts == 1);
    }

    public override double Cost(Op op, ReadOnlySpan<TensorDesc> operands) => TilingOf((Conv3dOp)op, operands).Cost;

    public override long WorkspaceBytes(Op op, ReadOnlySpan<TensorDesc> operands, Device device) =>
        Conv3dTensorGpuSteps.WorkspaceBytes((Conv3dOp)op, operands[^1].Shape, TilingOf((Conv3dOp)op, operands), Conv3dTensorGpuSteps.BlocksOf(operands[^1].Shape, PhasesOf((Conv3dOp)op)));

    public override Packing? PackingOf(Op op, ReadOnlySpan<TensorDesc> operands, int operand) =>
        operand == ((Conv3dOp)op).WeightOperand ? PackingOf((Conv3dOp)op, operands[operand].Shape, operands[0].Shape.C) : null;

    public override Step Bind(Op op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, Device device)
    {
        Conv3dOp convolution = (Conv3dOp)op;
        Conv3dTensorTiling tiling = TilingOf(convolution, Operands.DescsOf(operands));
        GpuDevice gpu = (GpuDevice)device;
        int phases = PhasesOf(convolution);
        Conv3dTensorUpsampledArguments arguments = ArgumentsOf(convolution, operands, tiling);
        KernelConfig config = new(checked(phases * tiling.RowTiles * tiling.ColumnTiles * tiling.Parts), GpuBlock.Threads);
        return Conv3dTensorGpuSteps.Bind(convolution, operands, workspace, gpu, tiling, Conv3dTensorGpuSteps.BlocksOf(operands[^1].Desc.Shape, phases), arguments.Convolution.Output, stored =>
        {
            arguments.Convolution.Output = stored;
            return new GpuStep<Conv3dTensorUpsampledArguments>(gpu, Body, config, arguments, GpuLaunch.KeepArguments);
        });
    }

    // Where several taps read one voxel.
    private static bool HasSharedVoxels(Conv3dOp op) => Enumerable.Range(0, 3).Any(axis => op.Kernel[axis] > 1 && op.FirstSourceFactor[axis] > 1);

    private static int PhasesOf(Conv3dOp op) => (int)op.FirstSourceFactor.Product;

    private static Conv3dTensorUpsampledGpuPacking PackingOf(Conv3dOp op, Shape weight, int firstChannels) => new(Precision, weight, firstChannels, op.FirstSourceFactor);

    private static Conv3dTensorTiling TilingOf(Conv3dOp op, ReadOnlySpan<TensorDesc> operands)
    {
        Conv3dTensorUpsampledPhases phases = Conv3dTensorUpsampledPhases.Of(Precision, operands[op.WeightOperand].Shape, operands[0].Shape.C, op.FirstSourceFactor);
        int steps = phases.StepsOfPhase + phases.StepsBeside;
        Shape output = new(operands[0].Shape.N, operands[^1].Shape.C, operands[0].Shape.Size);
        return Conv3dTensorTiling.Of(output, phases.Count, steps, steps, TileRows, TileColumns, isGathered: false);
    }

    private static Conv3dTensorUpsampledArguments ArgumentsOf(Conv3dOp op, ReadOnlySpan<TensorView> operands, Conv3dTensorTiling tiling)
    {
        TensorView weight = operands[op.WeightOperand];
        Shape first = operands[0].Desc.Shape;
        Shape output = operands[^1].Desc.Shape;
        Conv3dTensorUpsampledPhases phases = Conv3dTensorUpsampledPhases.Of(Precision, weight.Desc.Shape, first.C, op.FirstSourceFactor);
        Conv3dTensorSource source = Conv3dTensorSource.From(operands[0], Int3.One);
        Conv3dTensorSource beside = Conv3dTensorSource.From(operands[op.Sources - 1], Int3.One);
        Conv3dTensorOutput stored = Conv3dTensorOutput.From(operands[^1], hasBias: true);
        stored.IsPhase = 1;
        stored.Spacing = GpuInt3.From(op.FirstSourceFactor);
        stored.Size = GpuInt3.From(output.Size);
        stored.Voxels = (int)first.Voxels;
        return new Conv3dTensorUpsampledArguments
        {
            Convolution = new Conv3dTensorArguments
            {
                First = source,
                Second = source.WithoutChannels(),
                Weight = ((GpuMemory)weight.Memory).View<GpuWord4>(weight.ByteOffset, PackingOf(op, weight.Desc.Shape, first.C).ByteLength),
                Bias = GpuTensor.BytesOf<float>(operands[op.BiasOperand]),
                Output = stored,
                Stride = GpuInt3.From(Int3.One),
                Size = source.Size,
                OutputSize = source.Size,
                FirstChunks = source.ChannelChunks,
                ChunksOfTap = source.ChannelChunks,
                StepsOfPart = tiling.StepsOfPart,
                TilesOfSample = tiling.RowTiles / output.N,
                RowTiles = tiling.RowTiles,
                ColumnTiles = tiling.ColumnTiles,
            },
            Beside = op.Sources == 2 ? beside : beside.WithoutChannels(),
            Size = GpuInt3.From(op.VirtualSize(first.Size)),
            Phases = phases,
        };
    }
}
