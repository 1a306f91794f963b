using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Instance normalisation with given statistics: y = activation((x - mean) * rstd * gamma + beta [+ residual]).
/// Inputs: source, statistics of <see cref="InstanceNormStatisticsOp"/>, gamma and beta (1, C, 1, 1, 1), [residual of the source's shape].
/// </summary>
/// <param name="HasResidual">Whether a residual is added before the activation.</param>
/// <param name="ActivationSlope">Slope of the leaky ReLU for negative values; 1 for no activation.</param>
public sealed record InstanceNormApplyOp(bool HasResidual, float ActivationSlope) : Op("instance_norm_apply")
{
    /// <summary>Normalisation alone.</summary>
    public InstanceNormApplyOp()
        : this(HasResidual: false, ActivationSlope: 1)
    {
    }

    /// <inheritdoc/>
    public override IReadOnlyList<IKernel> CpuKernels => InstanceNormCpu.ApplyKernels;

    /// <inheritdoc/>
    public override TensorDesc InferOutput(ReadOnlySpan<TensorDesc> inputs)
    {
        if (inputs.Length != (HasResidual ? 5 : 4))
            throw new ShapeException(Name, $"takes source, statistics, gamma, beta{(HasResidual ? ", residual" : "")}, got {inputs.Length} inputs");
        Shape source = inputs[0].Shape;
        if (inputs[1].Shape != new Shape(source.N, source.C, 2, 1, 1))
            throw new ShapeException(Name, $"statistics {inputs[1].Shape} do not belong to source {source}");
        if (inputs[2].Shape != Shape.Channels(source.C) || inputs[3].Shape != Shape.Channels(source.C))
            throw new ShapeException(Name, $"gamma {inputs[2].Shape} and beta {inputs[3].Shape} must have {source.C} channels");
        if (HasResidual && inputs[4].Shape != source)
            throw new ShapeException(Name, $"residual {inputs[4].Shape} must have the shape {source} of the source");
        if (HasResidual && inputs[4].DType != inputs[0].DType)
            throw new ShapeException(Name, $"source of {inputs[0].DType} and residual of {inputs[4].DType} must have one element type");
        return new TensorDesc(source, dtype: inputs[0].DType);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// The gradient of the source is the whole one, through the statistics too, which must be those of the source; so
    /// <see cref="InstanceNormStatisticsOp"/> is never asked for one.
    /// </remarks>
    public override void RecordGradient(IGradientRecorder recorder)
    {
        if (HasResidual || ActivationSlope != 1)
            throw new NotSupportedException($"{Name} with a residual or an activation is made by rewrites; record its parts.");
        (RecordedValue x, RecordedValue statistics) = (recorder.Inputs[0], recorder.Inputs[1]);
        RecordedValue sums = recorder.Apply(new InstanceNormGradientSumsOp(), "gradient_sums", x, statistics, recorder.OutputGradient);
        if (recorder.Needs(0))
            recorder.Add(0, recorder.Apply(new InstanceNormGradientOp(), "gradient", x, statistics, recorder.Inputs[2], sums, recorder.OutputGradient));
        if (recorder.Needs(2))
            recorder.Add(2, recorder.Apply(new InstanceNormParameterGradientOp(InstanceNormGradientSumsOp.Products), "gamma_gradient", sums));
        if (recorder.Needs(3))
            recorder.Add(3, recorder.Apply(new InstanceNormParameterGradientOp(InstanceNormGradientSumsOp.Gradients), "beta_gradient", sums));
    }

    /// <inheritdoc/>
    public override WorkEstimate Estimate(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) =>
        new((HasResidual ? 4 : 3) * output.Shape.Count, inputs[0].ByteLength + output.ByteLength + (HasResidual ? inputs[4].ByteLength : 0));

    /// <inheritdoc/>
    public override string Problem(ReadOnlySpan<TensorDesc> inputs, TensorDesc output)
    {
        string activation = ActivationSlope == 1 ? "" : "_lrelu";
        return $"{Name} {output.Shape}{(HasResidual ? "_residual" : "")}{activation}";
    }
}
