using System.Text;
using STUNet.Engine;

namespace STUNet.Model;

/// <summary>
/// Parameters from a counter-based generator: value i of parameter <c>name</c> depends on nothing but the salt, the name and i, so any part of a
/// network of any size can be made anywhere without storing weights. key = FNV-1a-64(salt + "/" + name); z(i) = splitmix64 finaliser of
/// key + (i + 1) * 0x9E3779B97F4A7C15; r(i) = (int(z >> 40) - 2^23) * 2^-23 in [-1, 1).
/// Convolution weights are sqrt(3 / fan_in) * r (unit gain), norm weights 1 + 0.25 * r, biases 0.1 * r.
/// </summary>
/// <param name="config">The architecture.</param>
/// <param name="salt">Selects the network.</param>
public sealed class SeededParameters(StuNetConfig config, string salt) : IParameterSource
{
    private readonly Dictionary<string, StuNetParameter> _parameters = StuNetParameters.Enumerate(config).ToDictionary(parameter => parameter.Name);

    /// <inheritdoc/>
    public void Read(string name, Span<float> destination) => Read(name, 0, destination);

    /// <summary>Makes a piece of a parameter.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="start">Index of the first value in C order.</param>
    /// <param name="destination">Filled whole.</param>
    public void Read(string name, long start, Span<float> destination)
    {
        ulong key = Key(salt, name);
        StuNetParameter parameter = _parameters[name];
        if (name.EndsWith(".bias", StringComparison.Ordinal))
        {
            for (int i = 0; i < destination.Length; i++)
                destination[i] = 0.1f * Uniform(key, (ulong)(start + i));
        }
        else if (parameter.Shape.Length == 1)
        {
            for (int i = 0; i < destination.Length; i++)
                destination[i] = 1 + (0.25f * Uniform(key, (ulong)(start + i)));
        }
        else
        {
            float amplitude = (float)Math.Sqrt(3.0 / parameter.Shape.Skip(1).Aggregate(1L, (product, size) => product * size));
            for (int i = 0; i < destination.Length; i++)
                destination[i] = amplitude * Uniform(key, (ulong)(start + i));
        }
    }

    /// <summary>The key of a named stream.</summary>
    /// <param name="salt">Selects the network.</param>
    /// <param name="name">Name of the stream.</param>
    internal static ulong Key(string salt, string name)
    {
        ulong hash = 0xCBF29CE484222325;
        foreach (byte letter in Encoding.UTF8.GetBytes($"{salt}/{name}"))
            hash = (hash ^ letter) * 0x100000001B3;
        return hash;
    }

    /// <summary>The 64 bits at a position of a stream.</summary>
    /// <param name="key">The stream.</param>
    /// <param name="index">The position.</param>
    internal static ulong Bits(ulong key, ulong index)
    {
        ulong z = key + ((index + 1) * 0x9E3779B97F4A7C15);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>The value in [-1, 1) at a position of a stream.</summary>
    /// <param name="key">The stream.</param>
    /// <param name="index">The position.</param>
    internal static float Uniform(ulong key, ulong index) => ((int)(Bits(key, index) >> 40) - (1 << 23)) * (1f / (1 << 23));
}
