using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// 3D cross-correlation with zero padding kernel / 2 per axis and a bias:
/// y[n, oc, o] = b[oc] + sum over ic, k of w[oc, ic, k] * x[n, ic, o * stride + k - kernel / 2].
/// Output size per axis: floor((size - 1) / stride) + 1. Inputs: source, [second source,] weight (OC, IC, KD, KH, KW), bias (1, OC, 1, 1, 1).
/// With two sources their channels are read as if concatenated, first source first. The first source may be read as if upsampled to the nearest
/// neighbour: voxel (d, h, w) of the virtual source is voxel (d / fd, h / fh, w / fw) of the tensor.
/// Further inputs, when the attributes of the same name ask for them: statistics, gamma and beta of the normalised source; addend and its
/// statistics, gamma and beta. Side output, when asked for: statistics of the output as of <see cref="InstanceNormStatisticsOp"/>.
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

    /// <summary>
    /// When set, the source is read as leaky_relu((x - mean) * rstd * gamma + beta) with this slope, 1 for none; padding stays zero. For one source
    /// that is not upsampled.
    /// </summary>
    public float? NormalisedSourceSlope { get; init; }

    /// <summary>
    /// When set, the output is leaky_relu(y + (addend - mean) * rstd * gamma + beta) with this slope, 1 for none: what closes a residual block with
    /// this convolution as its shortcut.
    /// </summary>
    public float? NormalisedAddendSlope { get; init; }

    /// <summary>When set, statistics of the output, with this epsilon, are a side output.</summary>
    public float? StatisticsEpsilon { get; init; }

    /// <summary>Order of the output in memory.</summary>
    public Layout OutputLayout { get; init; } = Layout.NDHWC;

    /// <summary>Index of the weight among the inputs.</summary>
    public int WeightOperand => Sources;

    /// <summary>Index of the bias among the inputs.</summary>
    public int BiasOperand => Sources + 1;

    /// <summary>Index of the statistics of the normalised source among the inputs; gamma and beta follow.</summary>
    public int SourceStatisticsOperand => Sources + 2;

    /// <summary>Index of the addend among the inputs; its statistics, gamma and beta follow.</summary>
    public int AddendOperand => SourceStatisticsOperand + (NormalisedSourceSlope is null ? 0 : 3);

    /// <summary>Number of inputs.</summary>
    public int InputCount => AddendOperand + (NormalisedAddendSlope is null ? 0 : 4);

    /// <inheritdoc/>
    public override IReadOnlyList<IKernel> CpuKernels => Conv3dCpu.Kernels;

    /// <summary>Spatial size of the source as the convolution sees it: after upsampling of the first source.</summary>
    /// <param name="firstSource">Size of the first source (z, y, x).</param>
    public Int3 VirtualSize(Int3 firstSource) =>
        new(firstSource.D * FirstSourceFactor.D, firstSource.H * FirstSourceFactor.H, firstSource.W * FirstSourceFactor.W);

    /// <summary>Whether an input is a parameter: weight, bias, or a gamma or beta.</summary>
    /// <param name="operand">Index of the input.</param>
    public bool IsParameter(int operand) =>
        operand == WeightOperand || operand == BiasOperand
        || (NormalisedSourceSlope is not null && operand - SourceStatisticsOperand is 1 or 2)
        || (NormalisedAddendSlope is not null && operand - AddendOperand is 2 or 3);

    /// <inheritdoc/>
    public override TensorDesc? InferSideOutput(ReadOnlySpan<TensorDesc> inputs)
    {
        TensorDesc output = InferOutput(inputs);
        return StatisticsEpsilon is null ? null : new TensorDesc(new Shape(output.Shape.N, output.Shape.C, 2, 1, 1));
    }

    /// <inheritdoc/>
    public override TensorDesc InferOutput(ReadOnlySpan<TensorDesc> inputs)
    {
        if (inputs.Length != InputCount)
            throw new ShapeException(Name, $"takes {InputCount} inputs (sources, weight, bias, norms), got {inputs.Length}");
        if (NormalisedSourceSlope is not null && (Sources != 1 || FirstSourceFactor != Int3.One))
            throw new ShapeException(Name, "normalises one source that is not upsampled, or none");
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
        Shape output = new(first.N, weight.N, OutputSize(size));
        if (NormalisedSourceSlope is not null)
            RequireNorm(inputs[SourceStatisticsOperand..], first, "source");
        if (NormalisedAddendSlope is not null)
        {
            if (inputs[AddendOperand].Shape != output)
                throw new ShapeException(Name, $"addend {inputs[AddendOperand].Shape} must have the shape {output} of the output");
            RequireNorm(inputs[(AddendOperand + 1)..], output, "addend");
        }

        return new TensorDesc(output, OutputLayout, inputs[0].DType);
    }

    /// <inheritdoc/>
    public override void RecordGradient(IGradientRecorder recorder)
    {
        if (InputCount != Sources + 2 || StatisticsEpsilon is not null || OutputLayout != Layout.NDHWC)
            throw new NotSupportedException($"{Name} with norms, statistics or another layout is made by rewrites; record its parts.");
        RecordedValue gradient = recorder.OutputGradient;
        if (recorder.Needs(WeightOperand))
        {
            RecordedValue[] operands = [.. recorder.Inputs.Take(Sources), gradient];
            recorder.Add(WeightOperand, recorder.Apply(new Conv3dWeightGradientOp(Kernel, Stride, Sources, FirstSourceFactor), "weight_gradient", operands));
        }

        if (recorder.Needs(BiasOperand))
            recorder.Add(BiasOperand, recorder.Apply(new ChannelSumOp(), "bias_gradient", gradient));
        if (!recorder.Needs(0) && !(Sources == 2 && recorder.Needs(1)))
            return;
        Shape first = recorder.Inputs[0].Desc.Shape;
        RecordedValue data = recorder.Apply(
            new Conv3dDataGradientOp(Kernel, Stride, VirtualSize(first.Size)), "data_gradient", gradient, recorder.Inputs[WeightOperand]);
        if (Sources == 2 && recorder.Needs(1))
            recorder.Add(1, recorder.Apply(new SliceChannelsOp(first.C, recorder.Inputs[1].Desc.Shape.C), "data_gradient.1", data));
        if (!recorder.Needs(0))
            return;
        if (Sources == 2)
            data = recorder.Apply(new SliceChannelsOp(0, first.C), "data_gradient.0", data);
        recorder.Add(0, FirstSourceFactor == Int3.One ? data : recorder.Apply(new UpsampleNearestGradientOp(FirstSourceFactor), "data_gradient.sum", data));
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
        string norms = (NormalisedSourceSlope is null ? "" : "_norm") + (NormalisedAddendSlope is null ? "" : "_add") + (StatisticsEpsilon is null ? "" : "_stat");
        string layout = OutputLayout == Layout.NDHWC ? "" : $"_to{OutputLayout}";
        return $"conv3d n{output.Shape.N}ic{weight.C}oc{weight.N}_id{size.D}ih{size.H}iw{size.W}_k{Kernel}s{Stride}{sources}{factor}{norms}{layout}";
    }

    private void RequireNorm(ReadOnlySpan<TensorDesc> norm, Shape normalised, string name)
    {
        if (norm[0].Shape != new Shape(normalised.N, normalised.C, 2, 1, 1))
            throw new ShapeException(Name, $"statistics {norm[0].Shape} do not belong to the {name} {normalised}");
        if (norm[1].Shape != Shape.Channels(normalised.C) || norm[2].Shape != Shape.Channels(normalised.C))
            throw new ShapeException(Name, $"gamma {norm[1].Shape} and beta {norm[2].Shape} must have the {normalised.C} channels of the {name}");
    }

    private Int3 OutputSize(Int3 size) =>
        new(((size.D - 1) / Stride.D) + 1, ((size.H - 1) / Stride.H) + 1, ((size.W - 1) / Stride.W) + 1);
}
