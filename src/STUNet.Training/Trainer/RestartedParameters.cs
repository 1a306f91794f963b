using STUNet.Engine;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>
/// What v1 goes on with after 100 epochs without any overlap: convolutions drawn anew, norms and buffers of the optimiser as they are. Copied, so that the network they are
/// from can be disposed.
/// </summary>
internal sealed class RestartedParameters : IParameterSource
{
    private readonly Dictionary<string, float[]> _values = [];

    public RestartedParameters(TrainingNetwork network, IParameterSource redrawn)
    {
        HashSet<string> convolutions = [.. Convolutions(network.Settings.Network)];
        foreach (string name in network.Variables)
        {
            float[] values = new float[network.CountOf(name)];
            if (convolutions.Contains(name))
                redrawn.Read(name, values);
            else
                network.Read(name, values);
            _values.Add(name, values);
        }
    }

    public void Read(string name, Span<float> destination) => _values[name].CopyTo(destination);

    private static IEnumerable<string> Convolutions(StuNetConfig network)
    {
        bool isConvolution = false;
        foreach (StuNetParameter parameter in StuNetParameters.Enumerate(network))
        {
            // A bias follows its weight.
            if (parameter.Name.EndsWith(".weight", StringComparison.Ordinal))
                isConvolution = parameter.Shape.Length > 1;
            if (isConvolution)
                yield return parameter.Name;
        }
    }
}
