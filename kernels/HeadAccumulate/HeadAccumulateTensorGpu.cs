using System.Reflection;
using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="HeadAccumulateTensorGpuBody"/> is told.</summary>
internal struct HeadAccumulateTensorArguments
{
    public GpuWindow Window;
    public ArrayView<GpuWord4> X;
    public ArrayView<GpuWord4> Weight;
    public ArrayView<float> Bias;
    public ArrayView<float> Importance;
    public int Pitch;
    public int Channels;
    public int Classes;
    public int Voxels;

    /// <summary>Steps of 64 bytes that a voxel's channels are.</summary>
    public int Steps;

    /// <summary>Tiles of <see cref="HeadAccumulateTensorGpuBody.Columns"/> classes.</summary>
    public int Tiles;
    public int Softmax;
}

/// <summary>
/// <see cref="HeadAccumulateOp"/> by tiles (<see cref="HeadAccumulateTensorGpuBody"/>): on tensor cores, to which float32 operands are rounded as TF32, or unrounded by fused multiply-adds. Weights are packed to the element type; sums, logits and
/// probabilities are float32, so the logits are those of the convolution before it rounds.
/// </summary>
/// <typeparam name="TWarp">The part of a warp, 32 x 32 logits.</typeparam>
/// <typeparam name="TElement">What is multiplied.</typeparam>
/// <typeparam name="TLoads">How it comes from shared memory.</typeparam>
internal sealed class HeadAccumulateTensorGpu<TWarp, TElement, TLoads> : GpuKernel<HeadAccumulateOp, HeadAccumulateTensorArguments>
    where TWarp : struct, IGpuWarpTile
    where TElement : struct, IGpuElement
    where TLoads : struct, IGpuTileLoads
{
    private static readonly Precision Precision = default(TElement).Precision;
    private static readonly DType Type = Precision.Activations();

    public override string Name => $"{GpuElementName.Of(Precision)}Gpu";

    public override bool RoundsOperands => Precision == Precision.TF32;

    public override bool UsesTensorCores => Precision != Precision.F32;

    public override IReadOnlyList<MethodInfo> Bodies => [Body.Method, Conv3dTensorGpuPacking.Body.Method];

    protected override Action<HeadAccumulateTensorArguments> Body => HeadAccumulateTensorGpuBody.Accumulate<TWarp, TElement, TLoads>;

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) =>
        GpuElementSupport.Has(Precision, caps) && op is HeadAccumulateOp
        && operands[0].DType == Type && operands[0].Layout == Layout.NDHWC && operands[0].ByteLength / operands[0].Shape.Voxels % GpuWord4.ByteLength == 0
        && operands[1] is { DType: DType.F32, Layout: Layout.NCDHW } && GpuTensor.Fits(operands[2]) && GpuTensor.Fits(operands[3]);

    public override Packing? PackingOf(Op op, ReadOnlySpan<TensorDesc> operands, int operand) => operand == 1 ? PackingOf(operands[1].Shape) : null;

    protected override HeadAccumulateTensorArguments Prepare(HeadAccumulateOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        Shape shape = operands[0].Desc.Shape;
        TensorView weight = operands[1];
        Conv3dTensorGpuPacking packing = PackingOf(weight.Desc.Shape);
        GpuTensor.RequireAddressable(operands[0].Desc);
        config = new KernelConfig(checked((int)((shape.Voxels + HeadAccumulateTensorGpuBody.Rows - 1) / HeadAccumulateTensorGpuBody.Rows)), GpuBlock.Threads);
        return new HeadAccumulateTensorArguments
        {
            Window = new GpuWindow { Patch = GpuInt3.From(shape.Size) },
            X = GpuTensor.BytesOf<GpuWord4>(operands[0]),
            Weight = ((GpuMemory)weight.Memory).View<GpuWord4>(weight.ByteOffset, packing.ByteLength),
            Bias = GpuTensor.BytesOf<float>(operands[2]),
            Importance = GpuTensor.BytesOf<float>(operands[3]),
            Pitch = operands[0].Desc.ChannelPitch,
            Channels = shape.C,
            Classes = weight.Desc.Shape.N,
            Voxels = (int)shape.Voxels,
            Steps = (int)Conv3dTensorGpuPacking.StepsOf(Type, weight.Desc.Shape, shape.C, isGathered: false),
            Tiles = (weight.Desc.Shape.N + HeadAccumulateTensorGpuBody.Columns - 1) / HeadAccumulateTensorGpuBody.Columns,
            Softmax = op.Softmax ? 1 : 0,
        };
    }

    protected override void Refresh(ref HeadAccumulateTensorArguments arguments, in RunArguments run) => arguments.Window.Set(run, run.Accumulator);

    private Conv3dTensorGpuPacking PackingOf(Shape weight) => new(Precision, weight, weight.C, IsGathered: false);
}
