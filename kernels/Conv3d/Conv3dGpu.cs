using System.Reflection;
using System.Runtime.CompilerServices;
using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="Conv3dGpu"/>'s body is told. With one source the second is the first with no channels.</summary>
internal struct Conv3dArguments
{
    public GpuTensor First;
    public GpuTensor Second;
    public ArrayView<GpuFloat4> Weight;
    public GpuTensor Bias;
    public GpuTensor Y;
    public GpuInt3 Kernel;
    public GpuInt3 Stride;
    public GpuInt3 Factor;
    public GpuInt3 FirstSize;
    public GpuInt3 Size;
    public GpuInt3 OutputSize;
    public int FirstChannels;
    public int SecondChannels;
    public int OutputChannels;
    public int Blocks;
    public int Count;
}

/// <summary>
/// y[n, o, oc] = bias[oc] + sum over taps t, input channels ic of w[t, ic, oc] * x[n, o * stride + t - kernel / 2, ic], zero outside of the source.
/// The channels of the second source follow those of the first; the first is read at (d / fd, h / fh, w / fw).
/// Sources and output [n, d, h, w, channels]; weight packed by <see cref="Conv3dGpuPacking"/> as [tap, ic, block of 4 oc].
/// One thread computes 4 neighbouring output channels of one voxel, so that each source element is loaded once for 4 of them and a weight is one
/// 16-byte load; the block is fastest. Terms are added in the order tap, first source's channels, second source's channels.
/// </summary>
internal sealed class Conv3dGpu : GpuKernel<Conv3dOp, Conv3dArguments>
{
    public override string Name => "ForwardPlainGpu";

    public override IReadOnlyList<MethodInfo> Bodies => [Body.Method, Conv3dGpuPacking.Body.Method];

    protected override Action<Conv3dArguments> Body => Convolve;

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps)
    {
        if (op is not Conv3dOp { NormalisedSourceSlope: null, NormalisedAddendSlope: null, StatisticsEpsilon: null, OutputLayout: Layout.NDHWC } convolution)
            return false;
        for (int i = 0; i < operands.Length; i++)
        {
            if (i != convolution.WeightOperand && !GpuTensor.Fits(operands[i]))
                return false;
        }

        return operands[convolution.WeightOperand] is { DType: DType.F32, Layout: Layout.NCDHW };
    }

    public override double Cost(Op op, ReadOnlySpan<TensorDesc> operands) => Conv3dGpuCost.Of(operands[^1].Shape, operands[((Conv3dOp)op).WeightOperand].Shape);

    public override Packing? PackingOf(Op op, ReadOnlySpan<TensorDesc> operands, int operand) =>
        operand == ((Conv3dOp)op).WeightOperand ? new Conv3dGpuPacking(operands[operand].Shape) : null;

    protected override Conv3dArguments Prepare(Conv3dOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        Shape first = operands[0].Desc.Shape;
        Shape output = operands[^1].Desc.Shape;
        TensorView weight = operands[op.WeightOperand];
        int blocks = Conv3dGpuPacking.BlocksOf(weight.Desc.Shape);
        long count = output.N * output.Voxels * blocks;
        config = GpuLaunch.OneThreadPer(count);
        return new Conv3dArguments
        {
            First = GpuTensor.From(operands[0]),
            Second = GpuTensor.From(operands[op.Sources - 1]),
            Weight = Conv3dGpuPacking.View(weight),
            Bias = GpuTensor.From(operands[op.BiasOperand]),
            Y = GpuTensor.From(operands[^1]),
            Kernel = GpuInt3.From(op.Kernel),
            Stride = GpuInt3.From(op.Stride),
            Factor = GpuInt3.From(op.FirstSourceFactor),
            FirstSize = GpuInt3.From(first.Size),
            Size = GpuInt3.From(op.VirtualSize(first.Size)),
            OutputSize = GpuInt3.From(output.Size),
            FirstChannels = first.C,
            SecondChannels = op.Sources == 2 ? operands[1].Desc.Shape.C : 0,
            OutputChannels = output.C,
            Blocks = blocks,
            Count = (int)count,
        };
    }

    private static void Convolve(Conv3dArguments k)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= k.Count)
            return;
        int block = i % k.Blocks;
        int voxel = i / k.Blocks;
        GpuInt3 at = k.OutputSize.PositionOf(voxel);
        int n = at.D / k.OutputSize.D;
        int d0 = ((at.D % k.OutputSize.D) * k.Stride.D) - (k.Kernel.D / 2);
        int h0 = (at.H * k.Stride.H) - (k.Kernel.H / 2);
        int w0 = (at.W * k.Stride.W) - (k.Kernel.W / 2);
        int channels = k.FirstChannels + k.SecondChannels;
        GpuFloat4 sum = default;
        for (int kd = 0; kd < k.Kernel.D; kd++)
        {
            int d = d0 + kd;
            if (d < 0 || d >= k.Size.D)
                continue;
            for (int kh = 0; kh < k.Kernel.H; kh++)
            {
                int h = h0 + kh;
                if (h < 0 || h >= k.Size.H)
                    continue;
                for (int kw = 0; kw < k.Kernel.W; kw++)
                {
                    int w = w0 + kw;
                    if (w < 0 || w >= k.Size.W)
                        continue;
                    int weight = (k.Kernel.VoxelAt(kd, kh, kw) * channels * k.Blocks) + block;
                    int first = k.FirstSize.VoxelAt((n * k.FirstSize.D) + (d / k.Factor.D), h / k.Factor.H, w / k.Factor.W);
                    AddChannels(ref sum, k.First, first, k.FirstChannels, k.Weight, weight, k.Blocks);
                    int second = k.Size.VoxelAt((n * k.Size.D) + d, h, w);
                    AddChannels(ref sum, k.Second, second, k.SecondChannels, k.Weight, weight + (k.FirstChannels * k.Blocks), k.Blocks);
                }
            }
        }

        int oc = block * 4;
        k.Y.At(voxel, oc) = sum.X + k.Bias.At(0, oc);
        if (oc + 1 < k.OutputChannels)
            k.Y.At(voxel, oc + 1) = sum.Y + k.Bias.At(0, oc + 1);
        if (oc + 2 < k.OutputChannels)
            k.Y.At(voxel, oc + 2) = sum.Z + k.Bias.At(0, oc + 2);
        if (oc + 3 < k.OutputChannels)
            k.Y.At(voxel, oc + 3) = sum.W + k.Bias.At(0, oc + 3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddChannels(
        ref GpuFloat4 sum, in GpuTensor source, int voxel, int channels, ArrayView<GpuFloat4> weights, int weight, int weightStride)
    {
        for (int c = 0; c < channels; c++)
        {
            float x = source.At(voxel, c);
            GpuFloat4 w = weights[weight + (c * weightStride)];
            sum.X += x * w.X;
            sum.Y += x * w.Y;
            sum.Z += x * w.Z;
            sum.W += x * w.W;
        }
    }
}
