namespace STUNet.Training;

/// <summary>How a plan resamples images, label maps or probabilities.</summary>
/// <param name="Function">nnU-Net's name of the function.</param>
/// <param name="IsSegmentation">Whether every label is resampled on its own.</param>
/// <param name="Order">Order of the interpolation, 0 nearest, 1 linear, 3 cubic.</param>
/// <param name="OrderZ">Order along the coarse axis, where it is resampled on its own.</param>
/// <param name="ForceSeparateZ">Whether the coarse axis is resampled on its own; null lets the spacing decide.</param>
public sealed record ResamplingSettings(string Function, bool IsSegmentation, int Order, int OrderZ, bool? ForceSeparateZ)
{
    private const string DefaultFunction = "resample_data_or_seg_to_shape";

    /// <summary>Cubic: images.</summary>
    public static ResamplingSettings Images { get; } = new(DefaultFunction, IsSegmentation: false, Order: 3, OrderZ: 0, ForceSeparateZ: null);

    /// <summary>Linear, label by label: label maps.</summary>
    public static ResamplingSettings Labels { get; } = new(DefaultFunction, IsSegmentation: true, Order: 1, OrderZ: 0, ForceSeparateZ: null);

    /// <summary>Linear: probabilities.</summary>
    public static ResamplingSettings Probabilities { get; } = new(DefaultFunction, IsSegmentation: false, Order: 1, OrderZ: 0, ForceSeparateZ: null);
}
