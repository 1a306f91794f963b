namespace STUNet.Engine;

/// <summary>Where the values of parameters come from: a model file, a seeded generator, a test.</summary>
public interface IParameterSource
{
    /// <summary>Reads a parameter in C order, converted to float32. May be called from several threads.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="destination">As many elements as the parameter has.</param>
    void Read(string name, Span<float> destination);
}
