namespace STUNet.Model;

/// <summary>A file of named tensors, read one at a time: a safetensors file or a PyTorch checkpoint. Safe to read from several threads.</summary>
public interface ITensorSource : IDisposable
{
    /// <summary>The file, for messages.</summary>
    string Path { get; }

    /// <summary>The tensors in the file's order; names are distinct.</summary>
    IReadOnlyList<TensorInfo> Tensors { get; }

    /// <summary>Reads a tensor as binary32, C order.</summary>
    /// <param name="name">Name of the tensor.</param>
    /// <param name="destination">As many values as the tensor has.</param>
    /// <exception cref="Core.InvalidFileException">The file has no such tensor, or its data is damaged.</exception>
    void Read(string name, Span<float> destination);
}
