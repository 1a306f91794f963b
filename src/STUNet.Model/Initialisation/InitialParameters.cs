using STUNet.Core;
using STUNet.Engine;

namespace STUNet.Model;

/// <summary>
/// The parameters of an untrained network. Any piece of any parameter can be drawn by itself, in any order, without storing weights: value i of a
/// parameter depends on seed, scheme, name and i only, by the counter generator of <see cref="SeededParameters"/>. fan_in = IC * KD * KH * KW;
/// norm weights are 1, norm biases 0.
/// </summary>
public sealed class InitialParameters : IParameterSource
{
    private const double LeakySlope = 0.01;
    private readonly Dictionary<string, (StuNetParameter Parameter, long FanIn)> _parameters = [];
    private readonly InitialisationScheme _scheme;
    private readonly string _salt;

    /// <summary>Chooses the network and the stream.</summary>
    /// <param name="config">The architecture.</param>
    /// <param name="scheme">The distribution.</param>
    /// <param name="seed">Selects the stream.</param>
    public InitialParameters(StuNetConfig config, InitialisationScheme scheme, long seed)
    {
        _scheme = scheme;
        _salt = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{seed}/{scheme}");
        long fanIn = 0;
        foreach (StuNetParameter parameter in StuNetParameters.Enumerate(config))
        {
            // A convolution's bias follows its weight and shares its fan-in; the parameters of a norm have none.
            bool isWeight = parameter.Name.EndsWith(".weight", StringComparison.Ordinal);
            if (isWeight)
                fanIn = parameter.Shape.Length == 5 ? parameter.Count / parameter.Shape[0] : 0;
            _parameters.Add(parameter.Name, (parameter, fanIn));
        }
    }

    /// <inheritdoc/>
    public void Read(string name, Span<float> destination) => Read(name, 0, destination);

    /// <summary>Draws a piece of a parameter.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="start">Index of the first value in C order.</param>
    /// <param name="destination">Filled whole.</param>
    public void Read(string name, long start, Span<float> destination)
    {
        if (!_parameters.TryGetValue(name, out (StuNetParameter Parameter, long FanIn) entry))
            throw new InvalidRequestException($"STU-Net has no parameter {name}.");
        bool isWeight = entry.Parameter.Shape.Length == 5;
        ulong key = SeededParameters.Key(_salt, name);
        if (entry.FanIn == 0)
            destination.Fill(name.EndsWith(".weight", StringComparison.Ordinal) ? 1 : 0);
        else if (_scheme == InitialisationScheme.V2)
            Uniform(key, start, 1 / Math.Sqrt(entry.FanIn), destination);
        else if (isWeight)
            Normal(key, start, Math.Sqrt(2 / ((1 + LeakySlope * LeakySlope) * entry.FanIn)), destination);
        else
            destination.Clear();
    }

    private static void Uniform(ulong key, long start, double bound, Span<float> destination)
    {
        for (int i = 0; i < destination.Length; i++)
            destination[i] = (float)(bound * (2 * Unit(key, start + i) - 1));
    }

    // Box and Muller (1958): values 2p and 2p + 1 share the two uniform numbers of pair p.
    private static void Normal(ulong key, long start, double deviation, Span<float> destination)
    {
        for (int i = 0; i < destination.Length;)
        {
            long pair = (start + i) / 2;
            double radius = deviation * Math.Sqrt(-2 * Math.Log(1 - Unit(key, 2 * pair)));
            (double sine, double cosine) = Math.SinCos(2 * Math.PI * Unit(key, 2 * pair + 1));
            if ((start + i) % 2 == 0)
                destination[i++] = (float)(radius * cosine);
            if (i < destination.Length && (start + i) % 2 == 1)
                destination[i++] = (float)(radius * sine);
        }
    }

    private static double Unit(ulong key, long index) => (SeededParameters.Bits(key, (ulong)index) >> 11) * (1.0 / (1L << 53));
}
