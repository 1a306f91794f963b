using STUNet.Core;
using STUNet.Engine;
using STUNet.TestKit.Ops;

namespace STUNet.TestKit;

/// <summary>Parameters from a delegate; without one, uniform values that depend on the name.</summary>
/// <param name="values">Gives the values of a parameter by name, or null for uniform ones.</param>
public sealed class DictionaryParameters(Func<string, float[]?>? values = null) : IParameterSource
{
    /// <inheritdoc/>
    public void Read(string name, Span<float> destination)
    {
        float[] found = values?.Invoke(name) ?? OpCase.Uniform(destination.Length, name);
        if (found.Length != destination.Length)
            throw new InvalidRequestException($"Parameter '{name}' has {found.Length} values, {destination.Length} expected.");
        found.CopyTo(destination);
    }
}
