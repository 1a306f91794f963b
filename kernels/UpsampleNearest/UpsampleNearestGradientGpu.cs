using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="UpsampleNearestGradientGpu{TTensor}"/>'s body is told.</summary>
internal struct UpsampleNearestGradientArguments<TTensor>
    where TTensor : struct, IGpuTensor
{
    public TTensor GradientY;
    public TTensor GradientX;
    public GpuInt3 LargeSize;
    public GpuInt3 SmallSize;
    public GpuInt3 Factor;
    public int Channels;
    public int Count;
}

/// <summary>
/// dx[n, d, h, w, c] = sum of dy[n, d * fd + i, h * fh + j, w * fw + k, c] over i below fd, j below fh, k below fw, in this order. Both
/// [n, d, h, w, channels]. One thread computes one element of dx, channel fastest. Batch and depth count as one axis, since the depth of dy is a multiple
/// of fd.
/// </summary>
internal sealed class UpsampleNearestGradientGpu<TTensor> : GpuKernel<UpsampleNearestGradientOp, UpsampleNearestGradientArguments<TTensor>>
    where TTensor : struct, IGpuTensor
{
    public override string Name => GpuTensor.NameOf<TTensor>("GradientPlain");

    protected override Action<UpsampleNearestGradientArguments<TTensor>> Body => AddCopies;

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) => op is UpsampleNearestGradientOp && GpuTensor.FitAll<TTensor>(operands);

    protected override UpsampleNearestGradientArguments<TTensor> Prepare(
        UpsampleNearestGradientOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        Shape shape = operands[^1].Desc.Shape;
        config = GpuLaunch.OneThreadPer(shape.Count);
        return new UpsampleNearestGradientArguments<TTensor>
        {
            GradientY = GpuTensor.Of<TTensor>(operands[0]),
            GradientX = GpuTensor.Of<TTensor>(operands[^1]),
            LargeSize = GpuInt3.From(operands[0].Desc.Shape.Size),
            SmallSize = GpuInt3.From(shape.Size),
            Factor = GpuInt3.From(op.Factor),
            Channels = shape.C,
            Count = (int)shape.Count,
        };
    }

    private static void AddCopies(UpsampleNearestGradientArguments<TTensor> k)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= k.Count)
            return;
        int voxel = i / k.Channels;
        int c = i % k.Channels;
        GpuInt3 at = k.SmallSize.PositionOf(voxel);
        float sum = 0;
        for (int d = 0; d < k.Factor.D; d++)
        {
            for (int h = 0; h < k.Factor.H; h++)
            {
                int first = k.LargeSize.VoxelAt((at.D * k.Factor.D) + d, (at.H * k.Factor.H) + h, at.W * k.Factor.W);
                for (int w = 0; w < k.Factor.W; w++)
                    sum += k.GradientY.Read(first + w, c);
            }
        }

        k.GradientX.Write(voxel, c, sum);
    }
}
