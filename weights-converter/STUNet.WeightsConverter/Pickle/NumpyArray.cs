namespace STUNet.WeightsConverter;

/// <summary>A numpy array; empty until BUILD gives its content. Elements in C order.</summary>
internal sealed class NumpyArray
{
    public int[] Shape { get; set; } = [0];

    /// <summary>Elements of a plain type as bool, long, double or text; of an object array as they are.</summary>
    public object?[] Items { get; set; } = [];
}
