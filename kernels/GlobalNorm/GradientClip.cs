namespace STUNet.Kernels;

/// <summary>How optimisers shorten gradients that are too long together, as <c>clip_grad_norm_</c> of PyTorch does.</summary>
internal static class GradientClip
{
    private const double Epsilon = 1e-6;

    /// <summary>What a gradient is multiplied by: min(1, maxNorm / (norm + 1e-6)).</summary>
    /// <param name="norm">Norm of all gradients, as of <see cref="GlobalNormOp"/>.</param>
    /// <param name="maxNorm">The most that is let through.</param>
    public static double Factor(double norm, float maxNorm) => Math.Min(1, maxNorm / (norm + Epsilon));
}
