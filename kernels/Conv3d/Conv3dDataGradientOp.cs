using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Gradient of a convolution for its source, as <see cref="Conv3dOp"/> defines it, of all sources' channels together and at their upsampled size:
/// dx[n, ic, i] = sum over oc, k with i = o * stride + k - kernel / 2 of w[oc, ic, k] * dy[n, oc, o]. Inputs: dy, weight (OC, IC, KD, KH, KW). dx has dy's element type.
/// </summary>
/// <param name="Kernel">Kernel size (z, y, x), odd.</param>
/// <param name="Stride">Stride (z, y, x), 1 or 2 per axis.</param>
/// <param name="Size">Size (z, y, x) of the source as the convolution sees it.</param>
public sealed record Conv3dDataGradientOp(Int3 Kernel, Int3 Stride, Int3 Size) : Op("conv3d_data_gradient")
{
    /// <inheritdoc/>
    public override IReadOnlyList<IKernel> CpuKernels => Conv3dCpu.DataGradientKernels;

    /// <inheritdoc/>
    public override TensorDesc InferOutput(ReadOnlySpan<TensorDesc> inputs)
    {
        Shape gradient = inputs[0].Shape;
        Shape weight = inputs[1].Shape;
        if (weight.N != gradient.C || weight.Size != Kernel)
            throw new ShapeException(Name, $"weight {weight} must have {gradient.C} output channels and kernel {Kernel}");
        Int3 expected = Int3.From(axis => ((Size[axis] - 1) / Stride[axis]) + 1);
        if (gradient.Size != expected)
            throw new ShapeException(Name, $"gradient {gradient} must have size {expected}, that of a source of {Size} at stride {Stride}");
        return new TensorDesc(new Shape(gradient.N, weight.C, Size), Layout.NDHWC, inputs[0].DType);
    }

    /// <inheritdoc/>
    public override WorkEstimate Estimate(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) =>
        new(2 * inputs[0].Shape.Count * inputs[1].Shape.C * Kernel.Product, inputs[0].ByteLength + inputs[1].ByteLength + output.ByteLength);

    /// <inheritdoc/>
    public override string Problem(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) =>
        $"{Name} n{output.Shape.N}ic{output.Shape.C}oc{inputs[1].Shape.N}_id{Size.D}ih{Size.H}iw{Size.W}_k{Kernel}s{Stride}";
}
