namespace STUNet.Inference;

/// <summary>Logits of a voxel turned into probabilities, in double, so that rounding them to the type of a file is the only rounding that counts.</summary>
internal static class VoxelProbabilities
{
    /// <summary>Of classes that exclude each other.</summary>
    /// <param name="logits">The logits.</param>
    /// <param name="target">Receives as many probabilities, of sum 1.</param>
    public static void Softmax(ReadOnlySpan<float> logits, Span<double> target)
    {
        float largest = float.NegativeInfinity;
        foreach (float logit in logits)
            largest = MathF.Max(largest, logit);
        double sum = 0;
        for (int k = 0; k < logits.Length; k++)
            sum += target[k] = Math.Exp((double)logits[k] - largest);
        for (int k = 0; k < logits.Length; k++)
            target[k] /= sum;
    }

    /// <summary>Of regions, each by itself.</summary>
    /// <param name="logits">The logits.</param>
    /// <param name="target">Receives as many probabilities.</param>
    public static void Sigmoid(ReadOnlySpan<float> logits, Span<double> target)
    {
        for (int k = 0; k < logits.Length; k++)
            target[k] = 1 / (1 + Math.Exp(-(double)logits[k]));
    }
}
