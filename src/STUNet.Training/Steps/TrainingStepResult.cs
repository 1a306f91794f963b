namespace STUNet.Training;

/// <summary>What one step or one validation batch gave.</summary>
/// <param name="Loss">The weighted loss.</param>
/// <param name="CrossEntropy">Its part that is cross entropy.</param>
/// <param name="Dice">Its part that is negative Dice.</param>
/// <param name="GradientNorm">Norm of all gradients before clipping; 0 for validation.</param>
public readonly record struct TrainingStepResult(float Loss, float CrossEntropy, float Dice, float GradientNorm)
{
    /// <summary>Whether loss and norm are numbers; where they are not, the step changed nothing.</summary>
    public bool IsFinite => float.IsFinite(Loss) && float.IsFinite(GradientNorm);
}
