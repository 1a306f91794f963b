using System.Reflection;
using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="InstanceNormGradientSumsGpu{TTensor}"/>'s body is told.</summary>
internal struct InstanceNormGradientSumsArguments<TTensor>
    where TTensor : struct, IGpuTensor
{
    public TTensor X;
    public GpuTensor Statistics;
    public TTensor GradientY;

    /// <summary>The statistics where there is no activation: then they do not matter.</summary>
    public GpuTensor Gamma;
    public GpuTensor Beta;
    public GpuChannelPieces Pieces;
    public float Slope;

    /// <summary>As in <see cref="GpuTensor"/>.</summary>
    public int Unused;
}

/// <summary>
/// For every sample and channel the sums over voxels of dy and of dy * (x - mean) * rstd, dy behind an activation times its slope where its source is not above 0. Source and gradient [n, voxels, channels], statistics
/// [n, 2, channels]: mean, then rstd; output [n, 2, channels]. Two launches: sums of pieces as <see cref="GpuChannelPieces"/> says, with sums of threads that
/// carry their rounding error along; then the sums of the pieces.
/// </summary>
internal sealed class InstanceNormGradientSumsGpu<TTensor> : GpuSequenceKernel<InstanceNormGradientSumsOp>
    where TTensor : struct, IGpuTensor
{
    private const int Sums = 2;

    public override string Name => GpuTensor.NameOf<TTensor>("GradientSumsPlain");

    public override IReadOnlyList<MethodInfo> Bodies => [((Action<InstanceNormGradientSumsArguments<TTensor>>)AddVoxels).Method, GpuPieceSums.Body.Method];

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) => op is InstanceNormGradientSumsOp
        && GpuTensor.Fits<TTensor>(operands[0]) && GpuTensor.Fits(operands[1]) && GpuTensor.Fits<TTensor>(operands[2]) && GpuTensor.FitAll(operands[3..]);

    protected override long WorkspaceFloats(InstanceNormGradientSumsOp op, ReadOnlySpan<TensorDesc> operands)
    {
        Shape shape = operands[0].Shape;
        return GpuChannelPieces.FloatsOf(shape.N, shape.Voxels, shape.C, Sums);
    }

    protected override Step[] Launches(InstanceNormGradientSumsOp op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, GpuDevice device)
    {
        Shape shape = operands[0].Desc.Shape;
        GpuChannelPieces pieces = GpuChannelPieces.Of(shape.N, shape.Voxels, shape.C, Sums, workspace);
        InstanceNormGradientSumsArguments<TTensor> arguments = new()
        {
            X = GpuTensor.Of<TTensor>(operands[0]),
            Statistics = GpuTensor.From(operands[1]),
            GradientY = GpuTensor.Of<TTensor>(operands[2]),
            Gamma = GpuTensor.From(operands[op.ActivationSlope == 1 ? 1 : 3]),
            Beta = GpuTensor.From(operands[op.ActivationSlope == 1 ? 1 : 4]),
            Pieces = pieces,
            Slope = op.ActivationSlope,
        };
        return
        [
            new GpuStep<InstanceNormGradientSumsArguments<TTensor>>(device, AddVoxels, pieces.Config, arguments, GpuLaunch.KeepArguments),
            pieces.BindSecondLevel(device, GpuTensor.From(operands[^1])),
        ];
    }

    private static void AddVoxels(InstanceNormGradientSumsArguments<TTensor> k)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GpuChannelPieces.GroupSize);
        int c = k.Pieces.Channel;
        int end = k.Pieces.End;
        float mean = k.Statistics.At(2 * k.Pieces.Sample, c);
        float rstd = k.Statistics.At((2 * k.Pieces.Sample) + 1, c);
        float gamma = k.Gamma.At(0, c);
        float beta = k.Beta.At(0, c);
        GpuSum gradients = default;
        GpuSum products = default;
        for (int voxel = k.Pieces.First; voxel < end; voxel += GpuChannelPieces.Rows)
        {
            float normalised = (k.X.Read(voxel, c) - mean) * rstd;
            float gradient = LeakyReluGradientGpuMap.Of((normalised * gamma) + beta, k.GradientY.Read(voxel, c), k.Slope);
            gradients.Add(gradient);
            products.Add(gradient * normalised);
        }

        k.Pieces.Store(shared, InstanceNormGradientSumsOp.Gradients, gradients.Value);
        k.Pieces.Store(shared, InstanceNormGradientSumsOp.Products, products.Value);
    }
}
