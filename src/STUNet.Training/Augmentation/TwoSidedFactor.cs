namespace STUNet.Training;

/// <summary>A factor that is as often below 1 as above, however lopsided its range: of scale, contrast and gamma.</summary>
public static class TwoSidedFactor
{
    /// <summary>Draws a factor: with probability one half from [low, 1), else from [1, high).</summary>
    /// <param name="random">The sample's random numbers.</param>
    /// <param name="low">The lower end; from 1 on the range is one-sided.</param>
    /// <param name="high">The upper end.</param>
    public static double Draw(SampleRandom random, double low, double high) =>
        random.NextDouble() < 0.5 && low < 1 ? random.Uniform(low, 1) : random.Uniform(Math.Max(low, 1), high);
}
