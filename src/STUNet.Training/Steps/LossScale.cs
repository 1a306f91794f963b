namespace STUNet.Training;

/// <summary>
/// The factor on the loss of a training whose gradients are binary16, and how it follows from step to step, as torch.cuda.amp.GradScaler does: a step whose gradients are not finite
/// changes nothing and halves the factor; after 2000 others in a row it doubles. A power of two at all times, so scaling changes no bit of what it does not save. Immutable.
/// </summary>
public sealed record LossScale
{
    /// <summary>The factor of a new training.</summary>
    public const float Initial = 65536;

    /// <summary>Below this no step fails for the factor's sake: what is not finite then comes from elsewhere.</summary>
    public const float Least = 1;

    /// <summary>What the factor is multiplied by after <see cref="GrowthInterval"/> steps with finite gradients.</summary>
    public const float Growth = 2;

    /// <summary>What the factor is multiplied by after a step whose gradients are not finite.</summary>
    public const float Backoff = 0.5f;

    /// <summary>Steps with finite gradients in a row before the factor grows.</summary>
    public const int GrowthInterval = 2000;

    /// <summary>The factor.</summary>
    public float Factor { get; init; } = Initial;

    /// <summary>Steps with finite gradients since the factor last changed.</summary>
    public int GoodSteps { get; init; }

    /// <summary>Steps of the whole training that were left out.</summary>
    public int SkippedSteps { get; init; }

    /// <summary>The factor for the next step.</summary>
    /// <param name="isFinite">Whether all gradients of this step were finite.</param>
    public LossScale After(bool isFinite)
    {
        if (!isFinite)
            return this with { Factor = Factor * Backoff, GoodSteps = 0, SkippedSteps = SkippedSteps + 1 };
        if (GoodSteps + 1 < GrowthInterval)
            return this with { GoodSteps = GoodSteps + 1 };
        return this with { Factor = float.IsFinite(Factor * Growth) ? Factor * Growth : Factor, GoodSteps = 0 };
    }
}
