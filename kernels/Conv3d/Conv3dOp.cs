using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// 3D cross-correlation with zero padding kernel / 2 per axis and a bias:
/// y[n, oc, o] = b[oc] + sum over ic, k of w[oc, ic, k] * x[n, ic, o * stride + k - kernel / 2].
/// Output size per axis: floor((size - 1) / stride) + 1. Inputs: source, [second source,] weight (OC, IC, KD, KH, KW), bias (1, OC, 1, 1, 1).
/// With two sources their channels are read as if concatenated, first source first. The first source may be read as if upsampled to the nearest
/// neighbour: voxel (d, h, w) of the virtual source is voxel (d / fd, h / fh, w / fw) of the tensor.
/// </summary>
/// <param name="Kernel">Kernel size (z, y, x), odd.</param>
/// <param name="Stride">Stride (z, y, x), 1 or 2 per axis.</param>
/// <param name="Sources">1 or 2.</param>
/// <param name="FirstSourceFactor">Upsampling factor (z, y, x) of the first source, (1, 1, 1) for none.</param>
public sealed record Conv3dOp(Int3 Kernel, Int3 Stride, int Sources, Int3 FirstSourceFactor) : Op("conv3d")
{
    /// <summary>A convolution of one source as it is.</summary>
    /// <param name="kernel">Kernel size (z, y, x), odd.</param>
    /// <param name="stride">Stride (z, y, x), 1 or 2 per axis.</param>
    public Conv3dOp(Int3 kernel, Int3 stride)
        : this(kernel, stride, Sources: 1, Int3.One)
    {
    }

    /// <summary>Index of the weight among the inputs.</summary>
    public int WeightOperand => Sources;

    /// <summary>Index of the bias among the inputs.</summary>
    public int BiasOperand => Sources + 1;

    /// <inheritdoc/>
    public override IReadOnlyList<IKernel> CpuKernels => Conv3dCpu.Kernels;

    /// <summary>Spatial size of the source as the convolution sees it: after upsampling of the first source.</summary>
    /// <param name="firstSource">Size of the first source (z, y, x).</param>
    public Int3 VirtualSize(Int3 firstSource) =>
        new(firstSource.D * FirstSourceFactor.D, firstSource.H * FirstSourceFactor.H, firstSource.W * FirstSourceFactor.W);

    /// <inheritdoc/>
    public override TensorDesc InferOutput(ReadOnlySpan<TensorDesc> inputs)
    {
        if (inputs.Length != Sources + 2)
            throw new ShapeException(Name, $"takes {Sources + 2} inputs (sources, weight, bias), got {inputs.Length}");
        for (int axis = 0; axis < 3; axis++)
        {
            if (Kernel[axis] < 1 || Kernel[axis] % 2 == 0)
                throw new ShapeException(Name, $"kernel {Kernel} must be odd on every axis");
            if (Stride[axis] is not (1 or 2))
                throw new ShapeException(Name, $"stride {Stride} must be 1 or 2 on every axis");
        }

        Shape first = inputs[0].Shape;
        Int3 size = VirtualSize(first.Size);
        int channels = first.C;
        if (Sources == 2)
        {
            Shape second = inputs[1].Shape;
            if (second.N != first.N || second.Size != size)
                throw new ShapeException(Name, $"second source {second} must have batch {first.N} and size {size} of the first");
            channels += second.C;
        }

        Shape weight = inputs[WeightOperand].Shape;
        if (weight.C != channels || weight.Size != Kernel)
            throw new ShapeException(Name, $"weight {weight} must have {channels} input channels and kernel {Kernel}");
        if (inputs[BiasOperand].Shape != Shape.Channels(weight.N))
            throw new ShapeException(Name, $"bias {inputs[BiasOperand].Shape} must have one value for each of {weight.N} output channels");
        return new TensorDesc(new Shape(first.N, weight.N, OutputSize(size)));
    }

    /// <inheritdoc/>
    public override WorkEstimate Estimate(ReadOnlySpan<TensorDesc> inputs, TensorDesc output)
    {
        long bytes = output.ByteLength;
        foreach (TensorDesc input in inputs)
            bytes += input.ByteLength;
        return new WorkEstimate(2 * output.Shape.Count * inputs[WeightOperand].Shape.C * Kernel.Product, bytes);
    }

    /// <inheritdoc/>
    public override string Problem(ReadOnlySpan<TensorDesc> inputs, TensorDesc output)
    {
        Shape weight = inputs[WeightOperand].Shape;
        Int3 size = VirtualSize(inputs[0].Shape.Size);
        string sources = Sources == 2 ? $"_src{inputs[0].Shape.C}+{inputs[1].Shape.C}" : "";
        string factor = FirstSourceFactor == Int3.One ? "" : $"_up{FirstSourceFactor}";
        return $"conv3d n{output.Shape.N}ic{weight.C}oc{weight.N}_id{size.D}ih{size.H}iw{size.W}_k{Kernel}s{Stride}{sources}{factor}";
    }

    private Int3 OutputSize(Int3 size) =>
        new(((size.D - 1) / Stride.D) + 1, ((size.H - 1) / Stride.H) + 1, ((size.W - 1) / Stride.W) + 1);
}
