using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="LeakyReluGpu{TTensor}"/>'s body is told.</summary>
internal struct LeakyReluArguments<TTensor>
    where TTensor : struct, IGpuTensor
{
    public TTensor X;
    public TTensor Y;
    public int Channels;
    public int Count;
    public float Slope;
}

/// <summary>y = x for x &gt; 0, slope * x otherwise. Both [voxels, channels]. One thread computes one element, channel fastest.</summary>
internal sealed class LeakyReluGpu<TTensor> : GpuKernel<LeakyReluOp, LeakyReluArguments<TTensor>>
    where TTensor : struct, IGpuTensor
{
    public override string Name => GpuTensor.NameOf<TTensor>("Plain");

    protected override Action<LeakyReluArguments<TTensor>> Body => Activate;

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) => op is LeakyReluOp && GpuTensor.FitAll<TTensor>(operands);

    protected override LeakyReluArguments<TTensor> Prepare(LeakyReluOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        Shape shape = operands[^1].Desc.Shape;
        config = GpuLaunch.OneThreadPer(shape.Count);
        return new LeakyReluArguments<TTensor>
        {
            X = GpuTensor.Of<TTensor>(operands[0]),
            Y = GpuTensor.Of<TTensor>(operands[^1]),
            Channels = shape.C,
            Count = (int)shape.Count,
            Slope = op.Slope,
        };
    }

    private static void Activate(LeakyReluArguments<TTensor> k)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= k.Count)
            return;
        int voxel = i / k.Channels;
        int c = i % k.Channels;
        float value = k.X.Read(voxel, c);
        k.Y.Write(voxel, c, value > 0 ? value : k.Slope * value);
    }
}
