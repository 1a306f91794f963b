namespace STUNet.Kernels;

/// <summary>How optimisers shorten gradients that are too long together, as <c>clip_grad_norm_</c> of PyTorch does.</summary>
internal static class GradientClip
{
    private const double Epsilon = 1e-6;

    /// <summary>What a gradient of the scaled loss is multiplied by: min(1, maxNorm / (norm / scale + 1e-6)) / scale.</summary>
    /// <param name="norm">Norm of all gradients of the scaled loss, as of <see cref="GlobalNormOp"/>.</param>
    /// <param name="maxNorm">The most that is let through.</param>
    /// <param name="lossScale">The loss's factor, as of <see cref="Core.RunArguments.LossScale"/>.</param>
    public static double Factor(double norm, float maxNorm, float lossScale) => Math.Min(1, maxNorm / ((norm / lossScale) + Epsilon)) / lossScale;
}
