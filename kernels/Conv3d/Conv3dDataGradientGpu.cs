using System.Reflection;
using System.Runtime.CompilerServices;
using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="Conv3dDataGradientGpu"/>'s body is told.</summary>
internal struct Conv3dDataGradientArguments
{
    public GpuTensor GradientY;
    public ArrayView<GpuFloat4> Weight;
    public GpuTensor GradientX;
    public GpuInt3 Kernel;
    public GpuInt3 Stride;
    public GpuInt3 Size;
    public GpuInt3 OutputSize;
    public int InputChannels;
    public int OutputChannels;
    public int Blocks;
    public int Count;
}

/// <summary>
/// dx[n, i, ic] = sum over taps t with i = o * stride + t - kernel / 2 and output channels oc of w[t, oc, ic] * dy[n, o, oc].
/// Gradients [n, d, h, w, channels]; weight packed by <see cref="Conv3dGpuPacking"/> as [tap, oc, block of 4 ic].
/// One thread computes 4 neighbouring input channels of one voxel, so that each element of dy is loaded once for 4 of them and a weight is one 16-byte
/// load; the block is fastest. Terms are added in the order tap, output channel.
/// </summary>
internal sealed class Conv3dDataGradientGpu : GpuKernel<Conv3dDataGradientOp, Conv3dDataGradientArguments>
{
    private const int Weight = 1;

    public override string Name => "DataGradientPlainGpu";

    public override IReadOnlyList<MethodInfo> Bodies => [Body.Method, Conv3dGpuPacking.Body.Method];

    protected override Action<Conv3dDataGradientArguments> Body => Convolve;

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) =>
        op is Conv3dDataGradientOp && GpuTensor.Fits(operands[0]) && GpuTensor.Fits(operands[^1])
        && operands[Weight] is { DType: DType.F32, Layout: Layout.NCDHW };

    public override double Cost(Op op, ReadOnlySpan<TensorDesc> operands) => Conv3dGpuCost.Of(operands[0].Shape, operands[Weight].Shape);

    public override Packing? PackingOf(Op op, ReadOnlySpan<TensorDesc> operands, int operand) =>
        operand == Weight ? new Conv3dGpuPacking(operands[operand].Shape, ForDataGradient: true) : null;

    protected override Conv3dDataGradientArguments Prepare(Conv3dDataGradientOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        Shape shape = operands[^1].Desc.Shape;
        int blocks = Conv3dGpuPacking.BlocksOf(operands[Weight].Desc.Shape, forDataGradient: true);
        long count = shape.N * shape.Voxels * blocks;
        config = GpuLaunch.OneThreadPer(count);
        return new Conv3dDataGradientArguments
        {
            GradientY = GpuTensor.From(operands[0]),
            Weight = Conv3dGpuPacking.View(operands[Weight], forDataGradient: true),
            GradientX = GpuTensor.From(operands[^1]),
            Kernel = GpuInt3.From(op.Kernel),
            Stride = GpuInt3.From(op.Stride),
            Size = GpuInt3.From(shape.Size),
            OutputSize = GpuInt3.From(operands[0].Desc.Shape.Size),
            InputChannels = shape.C,
            OutputChannels = operands[0].Desc.Shape.C,
            Blocks = blocks,
            Count = (int)count,
        };
    }

    private static void Convolve(Conv3dDataGradientArguments k)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= k.Count)
            return;
        int block = i % k.Blocks;
        int voxel = i / k.Blocks;
        GpuInt3 at = k.Size.PositionOf(voxel);
        int n = at.D / k.Size.D;
        int d0 = (at.D % k.Size.D) + (k.Kernel.D / 2);
        int h0 = at.H + (k.Kernel.H / 2);
        int w0 = at.W + (k.Kernel.W / 2);
        GpuFloat4 sum = default;
        for (int kd = 0; kd < k.Kernel.D; kd++)
        {
            int d = OutputOf(d0 - kd, k.Stride.D, k.OutputSize.D);
            if (d < 0)
                continue;
            for (int kh = 0; kh < k.Kernel.H; kh++)
            {
                int h = OutputOf(h0 - kh, k.Stride.H, k.OutputSize.H);
                if (h < 0)
                    continue;
                for (int kw = 0; kw < k.Kernel.W; kw++)
                {
                    int w = OutputOf(w0 - kw, k.Stride.W, k.OutputSize.W);
                    if (w < 0)
                        continue;
                    int weight = (k.Kernel.VoxelAt(kd, kh, kw) * k.OutputChannels * k.Blocks) + block;
                    int output = k.OutputSize.VoxelAt((n * k.OutputSize.D) + d, h, w);
                    for (int oc = 0; oc < k.OutputChannels; oc++)
                    {
                        float gradient = k.GradientY.At(output, oc);
                        GpuFloat4 weights = k.Weight[weight + (oc * k.Blocks)];
                        sum.X += gradient * weights.X;
                        sum.Y += gradient * weights.Y;
                        sum.Z += gradient * weights.Z;
                        sum.W += gradient * weights.W;
                    }
                }
            }
        }

        int ic = block * 4;
        k.GradientX.At(voxel, ic) = sum.X;
        if (ic + 1 < k.InputChannels)
            k.GradientX.At(voxel, ic + 1) = sum.Y;
        if (ic + 2 < k.InputChannels)
            k.GradientX.At(voxel, ic + 2) = sum.Z;
        if (ic + 3 < k.InputChannels)
            k.GradientX.At(voxel, ic + 3) = sum.W;
    }

    // The output that lies `shifted` source voxels from the first along an axis, -1 where there is none.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int OutputOf(int shifted, int stride, int size)
    {
        if (shifted < 0 || shifted % stride != 0)
            return -1;
        int output = shifted / stride;
        return output < size ? output : -1;
    }
}
