using System.Reflection;
using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="SegmentationLossGradientGpu{TTensor}"/>'s bodies are told.</summary>
internal struct SegmentationLossGradientArguments<TTensor>
    where TTensor : struct, IGpuTensor
{
    public TTensor Logits;
    public SegmentationLossGpuTarget Target;
    public SegmentationLossGpuTerms Terms;

    /// <summary>dL/d(loss), of which the first element counts.</summary>
    public GpuTensor LossGradient;
    public TTensor GradientX;

    /// <summary>[n, 2, class]: dDice/dp of a class where it is absent, and what is added to it where it is present; then 1 / E.</summary>
    public ArrayView<float> Coefficients;
    public SegmentationLossGpuTile Tile;
    public float Weight;
}

/// <summary>
/// dx[k] = scale * (p[k] * (t[k] - sum over j of p[j] * t[j]) + (p[k] - g[k]) / E) of labels, scale * (p[k] * (1 - p[k]) * t[k] + (p[k] - g[k]) / E) of
/// regions, zero where not annotated. t[k] = dDice/dp of class k, E the divisor of the cross entropy, scale the weight times dL/d(loss).
/// Logits and dx [n, voxels, classes] of one element type, target as <see cref="SegmentationLossGpuTarget"/> has it, sums [n, sum, class].
/// Two launches: one thread per sample and class finds t where the class is absent and present. Then, of labels, one thread per voxel goes through its classes in shared memory
/// (<see cref="SegmentationLossGpuTile"/>) four times: the largest logit, the exponentials, the sum of p * t, the result. Of regions one thread computes one element, the region fastest.
/// </summary>
internal sealed class SegmentationLossGradientGpu<TTensor> : GpuSequenceKernel<SegmentationLossGradientOp>
    where TTensor : struct, IGpuTensor
{
    public override string Name => GpuTensor.NameOf<TTensor>("GradientPlain");

    public override IReadOnlyList<MethodInfo> Bodies =>
    [
        ((Action<SegmentationLossGradientArguments<TTensor>>)FindCoefficients).Method,
        ((Action<SegmentationLossGradientArguments<TTensor>>)DifferentiateLabels).Method,
        ((Action<SegmentationLossGradientArguments<TTensor>>)DifferentiateRegions).Method,
    ];

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) =>
        op is SegmentationLossGradientOp && GpuTensor.Fits<TTensor>(operands[0]) && GpuTensor.Fits<TTensor>(operands[^1]) && operands[0].Shape.C <= SegmentationLossGpuTile.MostClasses
        && operands[1].DType == DType.U8 && GpuTensor.FitAll(operands[2..^1]);

    protected override long WorkspaceFloats(SegmentationLossGradientOp op, ReadOnlySpan<TensorDesc> operands) => CoefficientsOf(operands[0].Shape) + 1;

    protected override Step[] Launches(SegmentationLossGradientOp op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, GpuDevice device)
    {
        Shape shape = operands[0].Desc.Shape;
        GpuLaunch.Require32Bits(shape.Count);
        SegmentationLossGradientArguments<TTensor> arguments = new()
        {
            Logits = GpuTensor.Of<TTensor>(operands[0]),
            Target = SegmentationLossGpuTarget.From(op.Loss, operands[1], shape.C),
            Terms = SegmentationLossGpuTerms.From(op.Loss, operands[2]),
            LossGradient = GpuTensor.From(operands[3]),
            GradientX = GpuTensor.Of<TTensor>(operands[^1]),
            Coefficients = GpuMemory.Floats(workspace, 0, CoefficientsOf(shape) + 1),
            Tile = SegmentationLossGpuTile.Of(shape),
            Weight = op.Weight,
        };
        Step differentiate = op.Loss.HasRegions
            ? new GpuStep<SegmentationLossGradientArguments<TTensor>>(device, DifferentiateRegions, GpuLaunch.OneThreadPer(shape.Count), arguments, GpuLaunch.KeepArguments)
            : new GpuStep<SegmentationLossGradientArguments<TTensor>>(device, DifferentiateLabels, arguments.Tile.Config, arguments, GpuLaunch.KeepArguments);
        return
        [
            new GpuStep<SegmentationLossGradientArguments<TTensor>>(
                device, FindCoefficients, GpuLaunch.OneThreadPer((long)shape.N * shape.C), arguments, GpuLaunch.KeepArguments),
            differentiate,
        ];
    }

    private static long CoefficientsOf(Shape logits) => 2L * logits.N * logits.C;

    private static void FindCoefficients(SegmentationLossGradientArguments<TTensor> k)
    {
        int i = Grid.GlobalIndex.X;
        int classes = k.Terms.Classes;
        if (i >= k.Terms.Samples * classes)
            return;
        int n = i / classes;
        int label = i % classes;
        float absent = 0;
        float present = 0;
        if (label >= k.Terms.FirstClass)
        {
            float denominator = k.Terms.Denominator(n, label);
            absent = k.Terms.Numerator(n, label) / denominator / (denominator * k.Terms.DiceTerms);
            present = -2 / (denominator * k.Terms.DiceTerms);
        }

        k.Coefficients[(2 * n * classes) + label] = absent;
        k.Coefficients[(((2 * n) + 1) * classes) + label] = present;
        if (i == 0)
            k.Coefficients[2 * k.Terms.Samples * classes] = 1 / k.Terms.EntropyCount();
    }

    private static void DifferentiateLabels(SegmentationLossGradientArguments<TTensor> k)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(SegmentationLossGpuTile.Floats);
        k.Tile.Load(k.Logits, shared);
        Group.Barrier();
        if (k.Tile.HasVoxel)
            DifferentiateVoxel(k, shared);
        Group.Barrier();
        k.Tile.Store(ref k.GradientX, shared);
    }

    // From the logits of this thread's voxel to their gradients, in place.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void DifferentiateVoxel(in SegmentationLossGradientArguments<TTensor> k, ArrayView<float> shared)
    {
        int classes = k.Tile.Classes;
        int own = k.Tile.Place;
        int voxel = k.Tile.Voxel;
        int place = k.Target.PlaceOf(voxel);
        float max = k.Tile.MaxOf(shared);
        float sum = 0;
        for (int label = 0; label < classes; label++)
        {
            float exponential = XMath.Exp(shared[own + label] - max);
            shared[own + label] = exponential;
            sum += exponential;
        }

        int absent = 2 * (voxel / k.Target.VoxelsPerSample) * classes;
        int present = absent + classes;
        float mean = 0;
        for (int label = 0; label < classes; label++)
        {
            float slope = k.Coefficients[absent + label] + (k.Coefficients[present + label] * k.Target.Present(place, label));
            mean += shared[own + label] / sum * slope;
        }

        bool isAnnotated = k.Target.IsAnnotated(place);
        float scale = k.Weight * k.LossGradient.At(0, 0);
        float entropyScale = k.Coefficients[2 * k.Terms.Samples * classes];
        for (int label = 0; label < classes; label++)
        {
            float g = k.Target.Present(place, label);
            float p = shared[own + label] / sum;
            float slope = k.Coefficients[absent + label] + (k.Coefficients[present + label] * g);
            float gradient = scale * ((p * (slope - mean)) + ((p - g) * entropyScale));
            shared[own + label] = isAnnotated ? gradient : 0;
        }
    }

    private static void DifferentiateRegions(SegmentationLossGradientArguments<TTensor> k)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= k.Tile.Voxels * k.Tile.Classes)
            return;
        int classes = k.Tile.Classes;
        int voxel = i / classes;
        int region = i % classes;
        int place = k.Target.PlaceOf(voxel);
        int absent = 2 * (voxel / k.Target.VoxelsPerSample) * classes;
        float g = k.Target.Present(place, region);
        float p = 1 / (1 + XMath.Exp(-k.Logits.Read(voxel, region)));
        float slope = k.Coefficients[absent + region] + (k.Coefficients[absent + classes + region] * g);
        float scale = k.Weight * k.LossGradient.At(0, 0);
        float gradient = scale * ((p * (1 - p) * slope) + ((p - g) * k.Coefficients[2 * k.Terms.Samples * classes]));
        k.GradientX.Write(voxel, region, k.Target.IsAnnotated(place) ? gradient : 0);
    }
}
