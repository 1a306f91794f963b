using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Gradient of <see cref="UpsampleNearestOp"/>: dx[d, h, w] = sum of dy over the fd x fh x fw voxels that copy it. Input: dy.
/// </summary>
/// <param name="Factor">Factors (z, y, x) of the upsampling.</param>
public sealed record UpsampleNearestGradientOp(Int3 Factor) : Op("upsample_nearest_gradient")
{
    /// <inheritdoc/>
    public override IReadOnlyList<IKernel> CpuKernels => UpsampleNearestCpu.GradientKernels;

    /// <inheritdoc/>
    public override TensorDesc InferOutput(ReadOnlySpan<TensorDesc> inputs)
    {
        Shape gradient = inputs[0].Shape;
        for (int axis = 0; axis < 3; axis++)
        {
            if (Factor[axis] < 1 || gradient.Size[axis] % Factor[axis] != 0)
                throw new ShapeException(Name, $"size {gradient.Size} must be a multiple of the factor {Factor}, which is at least 1");
        }

        return new TensorDesc(new Shape(gradient.N, gradient.C, Int3.From(axis => gradient.Size[axis] / Factor[axis])), dtype: inputs[0].DType);
    }

    /// <inheritdoc/>
    public override WorkEstimate Estimate(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) =>
        new(inputs[0].Shape.Count, inputs[0].ByteLength + output.ByteLength);
}
