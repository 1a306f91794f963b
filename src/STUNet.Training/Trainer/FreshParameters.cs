using STUNet.Engine;

namespace STUNet.Training;

/// <summary>What a new training begins with: parameters of a source, and buffers of the optimiser of 0.</summary>
/// <param name="parameters">Supplies the parameters.</param>
public sealed class FreshParameters(IParameterSource parameters) : IParameterSource
{
    /// <inheritdoc/>
    public void Read(string name, Span<float> destination)
    {
        if (OptimiserBuffer.Is(name))
            destination.Clear();
        else
            parameters.Read(name, destination);
    }
}
