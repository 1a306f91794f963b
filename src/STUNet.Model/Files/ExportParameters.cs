namespace STUNet.Model;

/// <summary>How probabilities are resampled to the image's grid (v1 <c>segmentation_export_params</c>).</summary>
/// <param name="ForceSeparateZ">Whether the coarsest axis is interpolated on its own; null means: decided by the spacings.</param>
/// <param name="InterpolationOrder">Spline order, 0 to 5.</param>
/// <param name="InterpolationOrderZ">Spline order along an axis interpolated on its own, 0 to 5.</param>
public sealed record ExportParameters(bool? ForceSeparateZ, int InterpolationOrder, int InterpolationOrderZ)
{
    /// <summary>What the reference does when the plan says nothing: decided by the spacings, order 1, order 0 along a separate axis.</summary>
    public static ExportParameters Default { get; } = new(null, 1, 0);
}
