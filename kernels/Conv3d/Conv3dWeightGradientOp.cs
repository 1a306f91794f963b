using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Gradient of a convolution for its weight: dw[oc, ic, k] = sum over n, o of dy[n, oc, o] * x[n, ic, o * stride + k - kernel / 2], where x is the
/// source as <see cref="Conv3dOp"/> reads it. Inputs: source, [second source,] dy. Output (OC, IC, KD, KH, KW) as parameters lie,
/// float32 whatever the inputs' element type.
/// </summary>
/// <param name="Kernel">Kernel size (z, y, x), odd.</param>
/// <param name="Stride">Stride (z, y, x), 1 or 2 per axis.</param>
/// <param name="Sources">1 or 2.</param>
/// <param name="FirstSourceFactor">Upsampling factor (z, y, x) of the first source, (1, 1, 1) for none.</param>
public sealed record Conv3dWeightGradientOp(Int3 Kernel, Int3 Stride, int Sources, Int3 FirstSourceFactor) : Op("conv3d_weight_gradient")
{
    /// <inheritdoc/>
    public override IReadOnlyList<IKernel> CpuKernels => Conv3dCpu.WeightGradientKernels;

    /// <summary>Size (z, y, x) of the source as the convolution sees it.</summary>
    /// <param name="firstSource">Size of the first source.</param>
    public Int3 VirtualSize(Int3 firstSource) => Int3.From(axis => firstSource[axis] * FirstSourceFactor[axis]);

    /// <inheritdoc/>
    public override TensorDesc InferOutput(ReadOnlySpan<TensorDesc> inputs)
    {
        if (inputs.Length != Sources + 1)
            throw new ShapeException(Name, $"takes {Sources + 1} inputs (sources, gradient), got {inputs.Length}");
        Shape first = inputs[0].Shape;
        Shape gradient = inputs[Sources].Shape;
        Int3 size = VirtualSize(first.Size);
        int channels = first.C;
        if (Sources == 2)
        {
            if (inputs[1].Shape.Size != size || inputs[1].Shape.N != first.N)
                throw new ShapeException(Name, $"second source {inputs[1].Shape} must have batch {first.N} and size {size} of the first");
            channels += inputs[1].Shape.C;
        }

        Int3 expected = Int3.From(axis => ((size[axis] - 1) / Stride[axis]) + 1);
        if (gradient.N != first.N || gradient.Size != expected)
            throw new ShapeException(Name, $"gradient {gradient} must have batch {first.N} and size {expected}, those of the convolution's output");
        return new TensorDesc(new Shape(gradient.C, channels, Kernel), Layout.NCDHW);
    }

    /// <inheritdoc/>
    public override WorkEstimate Estimate(ReadOnlySpan<TensorDesc> inputs, TensorDesc output)
    {
        long bytes = output.ByteLength;
        foreach (TensorDesc input in inputs)
            bytes += input.ByteLength;
        return new WorkEstimate(2 * output.Shape.Count * inputs[Sources].Shape.N * inputs[Sources].Shape.Voxels, bytes);
    }

    /// <inheritdoc/>
    public override string Problem(ReadOnlySpan<TensorDesc> inputs, TensorDesc output)
    {
        Int3 size = VirtualSize(inputs[0].Shape.Size);
        string sources = Sources == 2 ? $"_src{inputs[0].Shape.C}+{inputs[1].Shape.C}" : "";
        string factor = FirstSourceFactor == Int3.One ? "" : $"_up{FirstSourceFactor}";
        return $"{Name} n{inputs[0].Shape.N}ic{output.Shape.C}oc{output.Shape.N}_id{size.D}ih{size.H}iw{size.W}_k{Kernel}s{Stride}{sources}{factor}";
    }
}
