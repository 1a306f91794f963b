using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="HeadAccumulateGpu{TTensor}"/>'s body is told.</summary>
internal struct HeadAccumulateArguments<TTensor>
    where TTensor : struct, IGpuTensor
{
    public GpuWindow Window;
    public TTensor X;
    public GpuTensor Weight;
    public GpuTensor Bias;
    public GpuTensor Importance;
    public int Channels;
    public int Classes;
    public int Voxels;
    public int Softmax;
}

/// <summary>
/// For window voxel q and p = flip(q): logit[k] = bias[k] + sum over c of weight[k, c] * x[q, c], probability = softmax of the logits (or the logit itself), then as
/// <see cref="GaussianAccumulateGpu"/>: sums[origin + p, k] += weight * g[p] * probability[k], sums[origin + p, K] += weight * g[p].
/// Source [voxels, channels], weight [classes, channels], accumulator ring [D, H, W, channels]. One thread computes one voxel and owns all of its sums.
/// It has no room for the logits and computes them three times: for the maximum, the sum of exponentials, the result.
/// </summary>
internal sealed class HeadAccumulateGpu<TTensor> : GpuKernel<HeadAccumulateOp, HeadAccumulateArguments<TTensor>>
    where TTensor : struct, IGpuTensor
{
    public override string Name => GpuTensor.NameOf<TTensor>("Plain");

    protected override Action<HeadAccumulateArguments<TTensor>> Body => Accumulate;

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) =>
        op is HeadAccumulateOp && GpuTensor.Fits<TTensor>(operands[0]) && GpuTensor.FitAll(operands[1..4]);

    protected override HeadAccumulateArguments<TTensor> Prepare(HeadAccumulateOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        Shape shape = operands[0].Desc.Shape;
        config = GpuLaunch.OneThreadPer(shape.Voxels);
        return new HeadAccumulateArguments<TTensor>
        {
            Window = new GpuWindow { Patch = GpuInt3.From(shape.Size) },
            X = GpuTensor.Of<TTensor>(operands[0]),
            Weight = GpuTensor.From(operands[1]),
            Bias = GpuTensor.From(operands[2]),
            Importance = GpuTensor.From(operands[3]),
            Channels = shape.C,
            Classes = operands[1].Desc.Shape.N,
            Voxels = (int)shape.Voxels,
            Softmax = op.Softmax ? 1 : 0,
        };
    }

    protected override void Refresh(ref HeadAccumulateArguments<TTensor> arguments, in RunArguments run) => arguments.Window.Set(run, run.Accumulator);

    private static void Accumulate(HeadAccumulateArguments<TTensor> k)
    {
        int voxel = Grid.GlobalIndex.X;
        if (voxel >= k.Voxels)
            return;
        GpuInt3 at = k.Window.Unflipped(voxel);
        long sums = k.Window.SumIndex(at);
        float weight = k.Window.Weight * k.Importance.At(k.Window.Patch.VoxelAt(at.D, at.H, at.W), 0);
        k.Window.Data[sums + k.Classes] += weight;
        if (k.Softmax == 0)
        {
            for (int label = 0; label < k.Classes; label++)
                k.Window.Data[sums + label] += weight * Logit(k, voxel, label);
            return;
        }

        float max = float.NegativeInfinity;
        for (int label = 0; label < k.Classes; label++)
            max = XMath.Max(max, Logit(k, voxel, label));
        float total = 0;
        for (int label = 0; label < k.Classes; label++)
            total += XMath.Exp(Logit(k, voxel, label) - max);
        for (int label = 0; label < k.Classes; label++)
            k.Window.Data[sums + label] += weight * (XMath.Exp(Logit(k, voxel, label) - max) / total);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Logit(in HeadAccumulateArguments<TTensor> k, int voxel, int label)
    {
        float sum = k.Bias.At(0, label);
        for (int c = 0; c < k.Channels; c++)
            sum += k.Weight.At(label, c) * k.X.Read(voxel, c);
        return sum;
    }
}
