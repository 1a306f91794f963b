using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Nearest-neighbour upsampling: output voxel (d, h, w) is source voxel (d / fd, h / fh, w / fw). Input: source.</summary>
/// <param name="Factor">Factors (z, y, x), at least 1.</param>
public sealed record UpsampleNearestOp(Int3 Factor) : Op("upsample_nearest")
{
    /// <inheritdoc/>
    public override IReadOnlyList<IKernel> CpuKernels => UpsampleNearestCpu.Kernels;

    /// <inheritdoc/>
    public override TensorDesc InferOutput(ReadOnlySpan<TensorDesc> inputs)
    {
        Shape source = inputs[0].Shape;
        if (Factor.D < 1 || Factor.H < 1 || Factor.W < 1)
            throw new ShapeException(Name, $"factor {Factor} must be at least 1 on every axis");
        return new TensorDesc(new Shape(source.N, source.C, source.D * Factor.D, source.H * Factor.H, source.W * Factor.W), dtype: inputs[0].DType);
    }

    /// <inheritdoc/>
    public override void RecordGradient(IGradientRecorder recorder) =>
        recorder.Add(0, recorder.Apply(new UpsampleNearestGradientOp(Factor), "gradient", recorder.OutputGradient));

    /// <inheritdoc/>
    public override WorkEstimate Estimate(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) =>
        new(0, inputs[0].ByteLength + output.ByteLength);
}
