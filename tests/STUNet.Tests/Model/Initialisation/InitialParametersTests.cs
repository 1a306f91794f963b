using STUNet.Core;
using STUNet.Model;

namespace STUNet.Tests.Model.Initialisation;

public sealed class InitialParametersTests
{
    private static readonly StuNetConfig Config = new(1, 3, [16, 32, 64], [1, 1, 1], [new Int3(2, 2, 2), new Int3(2, 2, 2)]);

    // reference/architecture.md section 6. The standard error of a mean is deviation / sqrt(n), of a variance variance * sqrt(2 / n) for a normal
    // distribution and less for a uniform one; five of them never happen by chance.
    [Theory]
    [InlineData(InitialisationScheme.V1)]
    [InlineData(InitialisationScheme.V2)]
    public void Read_Weight_HasTheSchemesMeanAndVariance(InitialisationScheme scheme)
    {
        StuNetParameter parameter = StuNetParameters.Enumerate(Config).Single(parameter => parameter.Name == "conv_blocks_context.2.0.conv2.weight");
        const int FanIn = 64 * 27;
        double variance = scheme == InitialisationScheme.V1 ? 2 / (1.0001 * FanIn) : 1.0 / 3 / FanIn;
        float[] values = Values(scheme, 3, parameter);
        double n = values.Length;
        double mean = values.Average(value => (double)value);
        Assert.InRange(mean, -5 * Math.Sqrt(variance / n), 5 * Math.Sqrt(variance / n));
        double measured = values.Average(value => (value - mean) * (value - mean));
        Assert.InRange(measured / variance, 1 - (5 * Math.Sqrt(2 / n)), 1 + (5 * Math.Sqrt(2 / n)));
        if (scheme == InitialisationScheme.V2)
            Assert.True(values.Max(Math.Abs) <= 1 / Math.Sqrt(FanIn) * (1 + 1e-6));
        else
            // A normal distribution has 4.55 % beyond two deviations, a uniform one of this variance none beyond 1.74.
            Assert.Equal(0.0455, values.Count(value => Math.Abs(value) > 2 * Math.Sqrt(variance)) / n, 0.003);
    }

    [Fact]
    public void Read_BiasesAndNorms_FollowTheScheme()
    {
        foreach (StuNetParameter parameter in StuNetParameters.Enumerate(Config).Where(parameter => parameter.Shape.Length == 1))
        {
            bool isNorm = parameter.Name.Contains(".norm", StringComparison.Ordinal);
            float expected = isNorm && parameter.Name.EndsWith(".weight", StringComparison.Ordinal) ? 1 : 0;
            Assert.All(Values(InitialisationScheme.V1, 0, parameter), value => Assert.Equal(expected, value));
            if (isNorm)
                Assert.All(Values(InitialisationScheme.V2, 0, parameter), value => Assert.Equal(expected, value));
        }

        StuNetParameter bias = StuNetParameters.Enumerate(Config).Single(parameter => parameter.Name == "conv_blocks_context.1.0.conv1.bias");
        float[] drawn = Values(InitialisationScheme.V2, 0, bias);
        Assert.Equal(bias.Count, drawn.Distinct().Count());
        Assert.True(drawn.Max(Math.Abs) <= 1 / Math.Sqrt(16 * 27));
    }

    [Theory]
    [InlineData(InitialisationScheme.V1)]
    [InlineData(InitialisationScheme.V2)]
    public void Read_InPieces_EqualsTheWhole(InitialisationScheme scheme)
    {
        StuNetParameter parameter = StuNetParameters.Enumerate(Config).First();
        float[] whole = Values(scheme, 5, parameter);
        InitialParameters parameters = new(Config, scheme, 5);
        float[] pieces = new float[whole.Length];
        for (int start = 0; start < whole.Length; start += 7)
            parameters.Read(parameter.Name, start, pieces.AsSpan(start, Math.Min(7, whole.Length - start)));
        Assert.Equal(whole, pieces);
        Assert.NotEqual(whole, Values(scheme, 6, parameter));
    }

    private static float[] Values(InitialisationScheme scheme, long seed, StuNetParameter parameter)
    {
        float[] values = new float[parameter.Count];
        new InitialParameters(Config, scheme, seed).Read(parameter.Name, values);
        return values;
    }
}
