using System.Collections.Immutable;

namespace STUNet.Model;

/// <summary>What follows from <see cref="ITensorSource"/>.</summary>
public static class TensorSourceExtensions
{
    /// <summary>Reads a whole tensor as binary32, C order.</summary>
    /// <param name="source">The file.</param>
    /// <param name="name">Name of the tensor.</param>
    /// <param name="destination">As many values as the tensor has.</param>
    /// <exception cref="Core.InvalidFileException">The file has no such tensor, or its data is damaged.</exception>
    public static void Read(this ITensorSource source, string name, Span<float> destination) => source.Read(name, 0, destination);

    /// <summary>Shape of each tensor by name, as <see cref="StuNetConfig.FromTensorShapes"/> wants it.</summary>
    /// <param name="source">The file.</param>
    public static IReadOnlyDictionary<string, ImmutableArray<int>> Shapes(this ITensorSource source) =>
        source.Tensors.ToDictionary(tensor => tensor.Name, tensor => tensor.Shape);
}
