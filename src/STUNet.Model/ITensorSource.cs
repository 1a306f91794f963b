namespace STUNet.Model;

/// <summary>A file of named tensors, read piece by piece: a safetensors file or a PyTorch checkpoint. Safe to read from several threads.</summary>
public interface ITensorSource : IDisposable
{
    /// <summary>The file, for messages.</summary>
    string Path { get; }

    /// <summary>The tensors in the file's order; names are distinct.</summary>
    IReadOnlyList<TensorInfo> Tensors { get; }

    /// <summary>Reads values of a tensor as binary32.</summary>
    /// <param name="name">Name of the tensor.</param>
    /// <param name="start">Index of the first value in C order.</param>
    /// <param name="destination">Filled whole; <paramref name="start"/> plus its length is at most the tensor's count.</param>
    /// <exception cref="Core.InvalidFileException">The file has no such tensor, or its data is damaged.</exception>
    void Read(string name, long start, Span<float> destination);
}
