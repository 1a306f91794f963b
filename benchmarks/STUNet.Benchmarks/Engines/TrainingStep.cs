namespace STUNet.Benchmarks.Engines;

/// <summary>What every engine's training step has in common: nnU-Net's optimiser, with a rate at which six steps change the loss of a random batch visibly.</summary>
internal static class TrainingStep
{
    /// <summary>Learning rate.</summary>
    public const float Rate = 0.01f;

    /// <summary>Nesterov momentum.</summary>
    public const float Momentum = 0.99f;

    /// <summary>Weight decay.</summary>
    public const float WeightDecay = 3e-5f;

    /// <summary>Largest norm of all gradients.</summary>
    public const float MaxNorm = 12;

    /// <summary>
    /// Losses of the first steps that are compared. The second depends on every gradient of the first, so an engine that computes another gradient somewhere has another one.
    /// </summary>
    public const int ComparedLosses = 3;
}
