namespace STUNet.Kernels;

/// <summary>What is the same for all elements and parameters of one step of <see cref="AdamWOp"/>.</summary>
/// <param name="Keep">1 - rate * weight decay.</param>
/// <param name="Rate">The rate over 1 - Beta1^t.</param>
/// <param name="Root">What sqrt(v) is multiplied by: 1 / sqrt(1 - Beta2^t).</param>
internal readonly record struct AdamWFactors(double Keep, double Rate, double Root)
{
    /// <summary>The factors of a step.</summary>
    /// <param name="beta1">Beta1.</param>
    /// <param name="beta2">Beta2.</param>
    /// <param name="weightDecay">Weight decay.</param>
    /// <param name="rate">The learning rate.</param>
    /// <param name="step">Number of the step, from 1.</param>
    public static AdamWFactors Of(float beta1, float beta2, float weightDecay, double rate, int step) =>
        new(1 - (rate * weightDecay), rate / (1 - Math.Pow(beta1, step)), 1 / Math.Sqrt(1 - Math.Pow(beta2, step)));
}
