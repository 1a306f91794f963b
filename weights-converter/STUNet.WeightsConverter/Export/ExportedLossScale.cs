namespace STUNet.WeightsConverter;

/// <summary>Where the factor on the loss of a training in mixed precision stands, as torch's <c>GradScaler</c> keeps it.</summary>
/// <param name="Scale">The factor.</param>
/// <param name="GrowthFactor">What it is multiplied by after <paramref name="GrowthInterval"/> good steps.</param>
/// <param name="BackoffFactor">What it is multiplied by after a step whose gradients are not finite.</param>
/// <param name="GrowthInterval">Good steps in a row before it grows.</param>
/// <param name="GoodSteps">Good steps since it last changed.</param>
public sealed record ExportedLossScale(double Scale, double GrowthFactor, double BackoffFactor, int GrowthInterval, int GoodSteps);
