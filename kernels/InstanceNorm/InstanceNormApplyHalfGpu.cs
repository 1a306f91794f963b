using System.Runtime.CompilerServices;
using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="InstanceNormApplyHalfGpu{TElement}"/>'s body is told. Without a residual its view is the source's and is not read.</summary>
internal struct InstanceNormApplyHalfArguments
{
    public ArrayView<GpuWord4> X;
    public ArrayView<GpuWord4> Residual;
    public ArrayView<GpuWord4> Y;
    public GpuTensor Statistics;
    public GpuTensor Gamma;
    public GpuTensor Beta;
    public int HasResidual;
    public float Slope;
    public int Channels;
    public int ChunksOfVoxel;
    public int VoxelsPerSample;
    public int Count;
}

/// <summary>
/// <see cref="InstanceNormApplyGpu{TTensor}"/> for source, residual and output of binary16 or bfloat16, computed in float32 and rounded once. One thread computes 8 channels of one
/// voxel: one 16-byte load per tensor and one store. What lies between the channels and the pitch is written too, and means nothing.
/// </summary>
/// <typeparam name="TElement">The element type.</typeparam>
/// <param name="type">The same.</param>
internal sealed class InstanceNormApplyHalfGpu<TElement>(DType type) : GpuKernel<InstanceNormApplyOp, InstanceNormApplyHalfArguments>
    where TElement : struct, IGpuElement
{
    private const int Lanes = 8;

    public override string Name => $"ApplyChunks{type}Gpu";

    protected override Action<InstanceNormApplyHalfArguments> Body => Apply;

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) =>
        op is InstanceNormApplyOp apply && IsHalf(operands[0]) && IsHalf(operands[^1]) && (!apply.HasResidual || IsHalf(operands[4]))
        && GpuTensor.FitAll(operands[1..4]);

    protected override InstanceNormApplyHalfArguments Prepare(InstanceNormApplyOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        TensorDesc output = operands[^1].Desc;
        long count = output.ElementCount / Lanes;
        GpuLaunch.Require32Bits(output.ElementCount);
        config = GpuLaunch.OneThreadPer(count);
        return new InstanceNormApplyHalfArguments
        {
            X = GpuTensor.BytesOf<GpuWord4>(operands[0]),
            Residual = GpuTensor.BytesOf<GpuWord4>(operands[op.HasResidual ? 4 : 0]),
            Y = GpuTensor.BytesOf<GpuWord4>(operands[^1]),
            Statistics = GpuTensor.From(operands[1]),
            Gamma = GpuTensor.From(operands[2]),
            Beta = GpuTensor.From(operands[3]),
            HasResidual = op.HasResidual ? 1 : 0,
            Slope = op.ActivationSlope,
            Channels = output.Shape.C,
            ChunksOfVoxel = output.ChannelPitch / Lanes,
            VoxelsPerSample = (int)output.Shape.Voxels,
            Count = (int)count,
        };
    }

    private bool IsHalf(TensorDesc desc) => desc.DType == type && desc.Layout == Layout.NDHWC && desc.ChannelPitch % Lanes == 0;

    private static void Apply(InstanceNormApplyHalfArguments k)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= k.Count)
            return;
        int c = i % k.ChunksOfVoxel * Lanes;
        int sample = i / k.ChunksOfVoxel / k.VoxelsPerSample;
        GpuWord4 x = k.X[i];
        GpuWord4 residual = default;
        if (k.HasResidual != 0)
            residual = k.Residual[i];
        k.Y[i] = new GpuWord4
        {
            X = Pair(k, sample, c, x.X, residual.X),
            Y = Pair(k, sample, c + 2, x.Y, residual.Y),
            Z = Pair(k, sample, c + 4, x.Z, residual.Z),
            W = Pair(k, sample, c + 6, x.W, residual.W),
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Pair(in InstanceNormApplyHalfArguments k, int sample, int c, uint x, uint residual) =>
        default(TElement).Pack(Value(k, sample, c, x, residual), Value(k, sample, c + 1, x >> 16, residual >> 16));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Value(in InstanceNormApplyHalfArguments k, int sample, int channel, uint x, uint residual)
    {
        int c = channel < k.Channels ? channel : 0;
        float centred = default(TElement).Unpack(x) - k.Statistics.At(2 * sample, c);
        float value = (centred * k.Statistics.At((2 * sample) + 1, c) * k.Gamma.At(0, c)) + k.Beta.At(0, c);
        value += default(TElement).Unpack(residual);
        return value > 0 ? value : k.Slope * value;
    }
}
