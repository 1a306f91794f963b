using System.Reflection;
using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="Conv3dWeightGradientGpu"/>'s body is told. With one source the second is the first and is not read.</summary>
internal struct Conv3dWeightGradientArguments
{
    public GpuTensor First;
    public GpuTensor Second;
    public GpuTensor GradientY;

    /// <summary>[piece, oc, ic, tap].</summary>
    public ArrayView<float> Partials;
    public GpuInt3 Kernel;
    public GpuInt3 Stride;
    public GpuInt3 Factor;
    public GpuInt3 FirstSize;
    public GpuInt3 Size;
    public GpuInt3 OutputSize;
    public int FirstChannels;
    public int InputChannels;
    public int OutputChannels;
    public int Taps;
    public int Rows;
    public int RowsPerPiece;
    public int Count;
}

/// <summary>
/// dw[oc, ic, t] = sum over n, o of dy[n, o, oc] * x[n, o * stride + t - kernel / 2, ic], where x is zero outside of the source; the channels of the second
/// source follow those of the first, which is read at (d / fd, h / fh, w / fw). Sources and gradient [n, d, h, w, channels], output [oc, ic, tap].
/// The rows (n, d, h) of dy are cut into pieces: one thread computes one element of dw for one piece, output channel fastest. A row is summed plainly, the
/// rows with their rounding error carried along. Where there are several pieces a second launch adds them up, see <see cref="GpuPieceSums"/>.
/// </summary>
internal sealed class Conv3dWeightGradientGpu : GpuSequenceKernel<Conv3dWeightGradientOp>
{
    // Large weights are threads enough; small ones, those of the highest resolutions, are cut until there are about this many.
    private const int Threads = 1 << 20;
    private const int FewestRows = 16;

    public override string Name => "WeightGradientPlainGpu";

    public override IReadOnlyList<MethodInfo> Bodies => [((Action<Conv3dWeightGradientArguments>)AddRows).Method, GpuPieceSums.Body.Method];

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) =>
        op is Conv3dWeightGradientOp && GpuTensor.FitAll(operands[..^1]) && operands[^1] is { DType: DType.F32, Layout: Layout.NCDHW };

    public override double Cost(Op op, ReadOnlySpan<TensorDesc> operands) => Conv3dGpuCost.Of(operands[((Conv3dWeightGradientOp)op).Sources].Shape, operands[^1].Shape);

    protected override long WorkspaceFloats(Conv3dWeightGradientOp op, ReadOnlySpan<TensorDesc> operands)
    {
        TensorDesc weight = operands[^1];
        int pieces = PiecesOf(operands[op.Sources], weight, out _);
        return pieces == 1 ? 0 : pieces * weight.ElementCount;
    }

    protected override Step[] Launches(Conv3dWeightGradientOp op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, GpuDevice device)
    {
        Shape first = operands[0].Desc.Shape;
        Shape gradient = operands[op.Sources].Desc.Shape;
        TensorView weight = operands[^1];
        int pieces = PiecesOf(operands[op.Sources].Desc, weight.Desc, out int rowsPerPiece);
        GpuTensor y = GpuTensor.From(weight);
        long count = pieces * weight.Desc.ElementCount;
        Conv3dWeightGradientArguments arguments = new()
        {
            First = GpuTensor.From(operands[0]),
            Second = GpuTensor.From(operands[op.Sources - 1]),
            GradientY = GpuTensor.From(operands[op.Sources]),
            Partials = pieces == 1 ? y.Data : GpuMemory.Floats(workspace, 0, count),
            Kernel = GpuInt3.From(op.Kernel),
            Stride = GpuInt3.From(op.Stride),
            Factor = GpuInt3.From(op.FirstSourceFactor),
            FirstSize = GpuInt3.From(first.Size),
            Size = GpuInt3.From(op.VirtualSize(first.Size)),
            OutputSize = GpuInt3.From(gradient.Size),
            FirstChannels = first.C,
            InputChannels = weight.Desc.Shape.C,
            OutputChannels = gradient.C,
            Taps = (int)op.Kernel.Product,
            Rows = (int)RowsOf(gradient),
            RowsPerPiece = rowsPerPiece,
            Count = (int)count,
        };
        GpuStep<Conv3dWeightGradientArguments> add = new(device, AddRows, GpuLaunch.OneThreadPer(count), arguments, GpuLaunch.KeepArguments);
        return pieces == 1 ? [add] : [add, GpuPieceSums.Bind(device, arguments.Partials, pieces, y, 1, (int)weight.Desc.ElementCount)];
    }

    private static long RowsOf(Shape gradient) => (long)gradient.N * gradient.D * gradient.H;

    private static int PiecesOf(TensorDesc gradient, TensorDesc weight, out int rowsPerPiece)
    {
        long rows = RowsOf(gradient.Shape);
        long most = Math.Max(1, Threads / weight.ElementCount);
        rowsPerPiece = (int)Math.Max(FewestRows, (rows + most - 1) / most);
        return (int)((rows + rowsPerPiece - 1) / rowsPerPiece);
    }

    private static void AddRows(Conv3dWeightGradientArguments k)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= k.Count)
            return;
        int oc = i % k.OutputChannels;
        int ic = i / k.OutputChannels % k.InputChannels;
        int tap = i / k.OutputChannels / k.InputChannels % k.Taps;
        int piece = i / k.OutputChannels / k.InputChannels / k.Taps;
        float sum = ic < k.FirstChannels
            ? SumOf(k, k.First, k.FirstSize, k.Factor, ic, oc, tap, piece)
            : SumOf(k, k.Second, k.Size, new GpuInt3 { D = 1, H = 1, W = 1 }, ic - k.FirstChannels, oc, tap, piece);
        k.Partials[(((((piece * k.OutputChannels) + oc) * k.InputChannels) + ic) * k.Taps) + tap] = sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float SumOf(
        in Conv3dWeightGradientArguments k, in GpuTensor source, in GpuInt3 size, in GpuInt3 factor, int ic, int oc, int tap, int piece)
    {
        GpuInt3 shift = k.Kernel.PositionOf(tap);
        shift.D -= k.Kernel.D / 2;
        shift.H -= k.Kernel.H / 2;
        shift.W -= k.Kernel.W / 2;
        // The outputs of a row whose source voxel ow * stride + shift exists.
        int firstW = XMath.Max(0, (k.Stride.W - 1 - shift.W) / k.Stride.W);
        int endW = XMath.Min(k.OutputSize.W, (k.Size.W - shift.W + k.Stride.W - 1) / k.Stride.W);
        int end = XMath.Min((piece + 1) * k.RowsPerPiece, k.Rows);
        GpuSum sum = default;
        for (int row = piece * k.RowsPerPiece; row < end; row++)
        {
            int slice = row / k.OutputSize.H;
            int n = slice / k.OutputSize.D;
            int d = ((slice % k.OutputSize.D) * k.Stride.D) + shift.D;
            int h = ((row % k.OutputSize.H) * k.Stride.H) + shift.H;
            if (d < 0 || d >= k.Size.D || h < 0 || h >= k.Size.H)
                continue;
            int first = size.VoxelAt((n * size.D) + (d / factor.D), h / factor.H, 0);
            float rowSum = 0;
            for (int w = firstW; w < endW; w++)
                rowSum += k.GradientY.At((row * k.OutputSize.W) + w, oc) * source.At(first + (((w * k.Stride.W) + shift.W) / factor.W), ic);
            sum.Add(rowSum);
        }

        return sum.Value;
    }
}
