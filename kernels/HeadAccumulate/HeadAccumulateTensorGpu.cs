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
/// <see cref="HeadAccumulateOp"/> on tensor cores (<see cref="HeadAccumulateTensorGpuBody"/>). Weights are packed to the element type, float32 operands are rounded to TF32; sums, logits and
/// probabilities are float32, so the logits are those of the convolution before it rounds.
/// </summary>
/// <typeparam name="TElement">What is multiplied.</typeparam>
/// <param name="type">Its element type in memory.</param>
internal sealed class HeadAccumulateTensorGpu<TElement>(DType type) : GpuKernel<HeadAccumulateOp, HeadAccumulateTensorArguments>
    where TElement : struct, IGpuElement
{
    public override string Name => $"Tensor{GpuElementName.Of(type)}Gpu";

    public override bool RoundsOperands => type == DType.F32;

    public override bool UsesTensorCores => true;

    public override IReadOnlyList<MethodInfo> Bodies => [Body.Method, Conv3dTensorGpuPacking.Body.Method];

    protected override Action<HeadAccumulateTensorArguments> Body => HeadAccumulateTensorGpuBody.Accumulate<TElement>;

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) =>
        op is HeadAccumulateOp
        && operands[0].DType == type && operands[0].Layout == Layout.NDHWC && operands[0].ByteLength / operands[0].Shape.Voxels % GpuWord4.ByteLength == 0
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
            Steps = (int)Conv3dTensorGpuPacking.StepsOf(type, weight.Desc.Shape, shape.C, isGathered: false),
            Tiles = (weight.Desc.Shape.N + HeadAccumulateTensorGpuBody.Columns - 1) / HeadAccumulateTensorGpuBody.Columns,
            Softmax = op.Softmax ? 1 : 0,
        };
    }

    protected override void Refresh(ref HeadAccumulateTensorArguments arguments, in RunArguments run) => arguments.Window.Set(run, run.Accumulator);

    private Conv3dTensorGpuPacking PackingOf(Shape weight) => new(type, weight, weight.C, IsGathered: false);
}
