using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="LeakyReluGradientGpu{TTensor}"/>'s body is told.</summary>
internal struct LeakyReluGradientArguments<TTensor>
    where TTensor : struct, IGpuTensor
{
    public TTensor Y;
    public TTensor GradientY;
    public TTensor GradientX;
    public LeakyReluGradientGpuMap Map;
    public int Channels;
    public int Count;
}

/// <summary>dx = dy for y &gt; 0, slope * dy otherwise. All [voxels, channels]. One thread computes one element, channel fastest.</summary>
internal sealed class LeakyReluGradientGpu<TTensor> : GpuKernel<LeakyReluGradientOp, LeakyReluGradientArguments<TTensor>>
    where TTensor : struct, IGpuTensor
{
    public override string Name => GpuTensor.NameOf<TTensor>("GradientPlain");

    protected override Action<LeakyReluGradientArguments<TTensor>> Body => Activate;

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) => op is LeakyReluGradientOp && GpuTensor.FitAll<TTensor>(operands);

    protected override LeakyReluGradientArguments<TTensor> Prepare(LeakyReluGradientOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        Shape shape = operands[^1].Desc.Shape;
        config = GpuLaunch.OneThreadPer(shape.Count);
        return new LeakyReluGradientArguments<TTensor>
        {
            Y = GpuTensor.Of<TTensor>(operands[0]),
            GradientY = GpuTensor.Of<TTensor>(operands[1]),
            GradientX = GpuTensor.Of<TTensor>(operands[^1]),
            Channels = shape.C,
            Count = (int)shape.Count,
            Map = new LeakyReluGradientGpuMap { Slope = op.Slope },
        };
    }

    private static void Activate(LeakyReluGradientArguments<TTensor> k)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= k.Count)
            return;
        int voxel = i / k.Channels;
        int c = i % k.Channels;
        k.GradientX.Write(voxel, c, k.Map.Of(k.Y.Read(voxel, c), k.GradientY.Read(voxel, c), voxel, c));
    }
}
