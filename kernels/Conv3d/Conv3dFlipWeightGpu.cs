using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="Conv3dFlipWeightGpu"/>'s body is told.</summary>
internal struct Conv3dFlipWeightArguments
{
    public ArrayView<float> Weight;
    public ArrayView<float> Y;
    public int OutputChannels;
    public int InputChannels;
    public int Taps;
    public int Count;
}

/// <summary>
/// y[ic, oc, tap] = w[oc, ic, taps - 1 - tap]: mirroring all three axes reverses the order of the taps. One thread copies one element of y, taps fastest.
/// </summary>
internal sealed class Conv3dFlipWeightGpu : GpuKernel<Conv3dFlipWeightOp, Conv3dFlipWeightArguments>
{
    public override string Name => "FlipWeightPlainGpu";

    protected override Action<Conv3dFlipWeightArguments> Body => Flip;

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) =>
        op is Conv3dFlipWeightOp && operands[0] is { DType: DType.F32, Layout: Layout.NCDHW };

    protected override Conv3dFlipWeightArguments Prepare(Conv3dFlipWeightOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        Shape weight = operands[0].Desc.Shape;
        config = GpuLaunch.OneThreadPer(weight.Count);
        return new Conv3dFlipWeightArguments
        {
            Weight = GpuTensor.BytesOf<float>(operands[0]),
            Y = GpuTensor.BytesOf<float>(operands[^1]),
            OutputChannels = weight.N,
            InputChannels = weight.C,
            Taps = (int)weight.Voxels,
            Count = (int)weight.Count,
        };
    }

    private static void Flip(Conv3dFlipWeightArguments k)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= k.Count)
            return;
        int tap = i % k.Taps;
        int oc = i / k.Taps % k.OutputChannels;
        int ic = i / k.Taps / k.OutputChannels;
        k.Y[i] = k.Weight[(((oc * k.InputChannels) + ic) * k.Taps) + k.Taps - 1 - tap];
    }
}
