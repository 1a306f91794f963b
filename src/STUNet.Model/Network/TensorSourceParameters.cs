using STUNet.Engine;

namespace STUNet.Model;

/// <summary>The parameters of a network read from a model file when a plan needs them.</summary>
/// <param name="source">The file; must stay open as long as plans are made.</param>
public sealed class TensorSourceParameters(ITensorSource source) : IParameterSource
{
    /// <inheritdoc/>
    public void Read(string name, Span<float> destination) => source.Read(name, destination);
}
