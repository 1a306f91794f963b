using System.Reflection;
using ILGPU;
using ILGPU.Algorithms;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="SegmentationLossGradientGpu"/>'s bodies are told.</summary>
internal struct SegmentationLossGradientArguments
{
    public GpuTensor Logits;
    public SegmentationLossGpuTarget Target;
    public SegmentationLossGpuTerms Terms;

    /// <summary>dL/d(loss), of which the first element counts.</summary>
    public GpuTensor LossGradient;
    public GpuTensor GradientX;

    /// <summary>[n, 2, class]: dDice/dp of a class where it is absent, and what is added to it where it is present; then 1 / E.</summary>
    public ArrayView<float> Coefficients;
    public float Weight;
    public int Voxels;
}

/// <summary>
/// dx[k] = scale * (p[k] * (t[k] - sum over j of p[j] * t[j]) + (p[k] - g[k]) / E) of labels, scale * (p[k] * (1 - p[k]) * t[k] + (p[k] - g[k]) / E) of
/// regions, zero where not annotated. t[k] = dDice/dp of class k, E the divisor of the cross entropy, scale the weight times dL/d(loss).
/// Logits and dx [n, voxels, classes], target as <see cref="SegmentationLossGpuTarget"/> has it, sums [n, sum, class].
/// Two launches: one thread per sample and class finds t where the class is absent and present; then one thread per voxel goes through its classes, of labels
/// four times: the largest logit, the exponentials (kept in dx), the sum of p * t, the result.
/// </summary>
internal sealed class SegmentationLossGradientGpu : GpuSequenceKernel<SegmentationLossGradientOp>
{
    public override string Name => "GradientPlainGpu";

    public override IReadOnlyList<MethodInfo> Bodies =>
    [
        ((Action<SegmentationLossGradientArguments>)FindCoefficients).Method,
        ((Action<SegmentationLossGradientArguments>)DifferentiateLabels).Method,
        ((Action<SegmentationLossGradientArguments>)DifferentiateRegions).Method,
    ];

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) =>
        op is SegmentationLossGradientOp && GpuTensor.Fits(operands[0]) && operands[1].DType == DType.U8 && GpuTensor.FitAll(operands[2..]);

    protected override long WorkspaceFloats(SegmentationLossGradientOp op, ReadOnlySpan<TensorDesc> operands) => CoefficientsOf(operands[0].Shape) + 1;

    protected override Step[] Launches(SegmentationLossGradientOp op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, GpuDevice device)
    {
        Shape shape = operands[0].Desc.Shape;
        long voxels = shape.N * shape.Voxels;
        SegmentationLossGradientArguments arguments = new()
        {
            Logits = GpuTensor.From(operands[0]),
            Target = SegmentationLossGpuTarget.From(op.Loss, operands[1], shape.C),
            Terms = SegmentationLossGpuTerms.From(op.Loss, operands[2]),
            LossGradient = GpuTensor.From(operands[3]),
            GradientX = GpuTensor.From(operands[^1]),
            Coefficients = GpuMemory.Floats(workspace, 0, CoefficientsOf(shape) + 1),
            Weight = op.Weight,
            Voxels = (int)voxels,
        };
        Action<SegmentationLossGradientArguments> differentiate = op.Loss.HasRegions ? DifferentiateRegions : DifferentiateLabels;
        return
        [
            new GpuStep<SegmentationLossGradientArguments>(
                device, FindCoefficients, GpuLaunch.OneThreadPer((long)shape.N * shape.C), arguments, GpuLaunch.KeepArguments),
            new GpuStep<SegmentationLossGradientArguments>(device, differentiate, GpuLaunch.OneThreadPer(voxels), arguments, GpuLaunch.KeepArguments),
        ];
    }

    private static long CoefficientsOf(Shape logits) => 2L * logits.N * logits.C;

    private static void FindCoefficients(SegmentationLossGradientArguments k)
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

    private static void DifferentiateLabels(SegmentationLossGradientArguments k)
    {
        int voxel = Grid.GlobalIndex.X;
        if (voxel >= k.Voxels)
            return;
        int classes = k.Terms.Classes;
        int place = k.Target.PlaceOf(voxel);
        if (!k.Target.IsAnnotated(place))
        {
            for (int label = 0; label < classes; label++)
                k.GradientX.At(voxel, label) = 0;
            return;
        }

        float max = float.NegativeInfinity;
        for (int label = 0; label < classes; label++)
            max = XMath.Max(max, k.Logits.At(voxel, label));
        float sum = 0;
        for (int label = 0; label < classes; label++)
        {
            float exponential = XMath.Exp(k.Logits.At(voxel, label) - max);
            k.GradientX.At(voxel, label) = exponential;
            sum += exponential;
        }

        int absent = 2 * (voxel / k.Target.VoxelsPerSample) * classes;
        int present = absent + classes;
        float mean = 0;
        for (int label = 0; label < classes; label++)
        {
            float slope = k.Coefficients[absent + label] + (k.Coefficients[present + label] * k.Target.Present(place, label));
            mean += k.GradientX.At(voxel, label) / sum * slope;
        }

        float scale = k.Weight * k.LossGradient.At(0, 0);
        float entropyScale = k.Coefficients[2 * k.Terms.Samples * classes];
        for (int label = 0; label < classes; label++)
        {
            float g = k.Target.Present(place, label);
            float p = k.GradientX.At(voxel, label) / sum;
            float slope = k.Coefficients[absent + label] + (k.Coefficients[present + label] * g);
            k.GradientX.At(voxel, label) = scale * ((p * (slope - mean)) + ((p - g) * entropyScale));
        }
    }

    private static void DifferentiateRegions(SegmentationLossGradientArguments k)
    {
        int voxel = Grid.GlobalIndex.X;
        if (voxel >= k.Voxels)
            return;
        int classes = k.Terms.Classes;
        int place = k.Target.PlaceOf(voxel);
        bool isAnnotated = k.Target.IsAnnotated(place);
        int absent = 2 * (voxel / k.Target.VoxelsPerSample) * classes;
        int present = absent + classes;
        float scale = k.Weight * k.LossGradient.At(0, 0);
        float entropyScale = k.Coefficients[2 * k.Terms.Samples * classes];
        for (int label = 0; label < classes; label++)
        {
            float g = k.Target.Present(place, label);
            float p = 1 / (1 + XMath.Exp(-k.Logits.At(voxel, label)));
            float slope = k.Coefficients[absent + label] + (k.Coefficients[present + label] * g);
            float gradient = scale * ((p * (1 - p) * slope) + ((p - g) * entropyScale));
            k.GradientX.At(voxel, label) = isAnnotated ? gradient : 0;
        }
    }
}
