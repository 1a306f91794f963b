namespace STUNet.Core;

/// <summary>What a network computes with. Sums of products, statistics of norms, probabilities, losses and parameters are float32 with any.</summary>
public enum Precision
{
    /// <summary>float32 throughout.</summary>
    F32,

    /// <summary>
    /// float32 in memory, rounded to the 10 bits of mantissa of TF32 where tensor cores multiply: PyTorch's default for convolutions. On GPUs.
    /// </summary>
    TF32,

    /// <summary>Activations, and weights as convolutions read them, are binary16. On GPUs.</summary>
    F16,

    /// <summary>Likewise bfloat16.</summary>
    BF16,
}

/// <summary>What a precision means for tensors.</summary>
public static class PrecisionExtensions
{
    /// <summary>Element type of activations and their gradients.</summary>
    /// <param name="precision">The precision.</param>
    public static DType Activations(this Precision precision) => precision switch
    {
        Precision.F32 or Precision.TF32 => DType.F32,
        Precision.F16 => DType.F16,
        Precision.BF16 => DType.BF16,
        _ => throw new ArgumentOutOfRangeException(nameof(precision)),
    };

    /// <summary>Its name on the command line, such as <c>tf32</c>.</summary>
    /// <param name="precision">The precision.</param>
    public static string Name(this Precision precision) => precision.ToString().ToLowerInvariant();

    /// <summary>Refuses what a device does not compute with.</summary>
    /// <param name="precision">What is to be computed with.</param>
    /// <param name="device">The device.</param>
    /// <param name="what">What is to be done, as the start of a sentence.</param>
    /// <param name="otherwise">What else to do.</param>
    /// <exception cref="InvalidRequestException">It is another than float32 on a CPU.</exception>
    public static void RequireGpu(this Precision precision, Device device, string what, string otherwise)
    {
        if (precision != Precision.F32 && device is CpuDevice)
            throw new InvalidRequestException($"{what} in {precision.Name()} needs a GPU, which stunet doctor lists; choose one with --device cuda or opencl, or {otherwise}.");
    }
}
