using STUNet.Core;
using STUNet.Model;

namespace STUNet.WeightsConverter;

/// <summary>
/// The weights in a file written by torch.save, in the zip or the legacy format: a nnU-Net v1 checkpoint (<c>state_dict</c>), a v2 checkpoint
/// (<c>network_weights</c>) or a bare state dict. Opening reads the object's structure; tensors are read from the file when asked for.
/// Nothing in the file is ever executed.
/// </summary>
public sealed class PyTorchCheckpoint : ITensorSource
{
    private static readonly string[] WrapperPrefixes = ["module.", "_orig_mod."];

    private readonly TorchFile _file;
    private readonly Dictionary<string, TorchTensor> _tensors = [];

    /// <summary>Opens a checkpoint.</summary>
    /// <param name="path">The file: .model, .pth, .pt or whatever its name.</param>
    /// <exception cref="InvalidFileException">No checkpoint, damaged, or hostile; a refused global is named.</exception>
    public PyTorchCheckpoint(string path)
    {
        _file = TorchFile.Open(path);
        try
        {
            PickleField root = new(path, "", _file.Root);
            if (!root.IsDict)
                throw root.Wrong($"expected a dict, found {PickleCalls.Describe(root.Value)}", "it is no checkpoint and no state dict");
            PickleField? v1 = root.Optional("state_dict");
            PickleField? v2 = root.Optional("network_weights");
            Nnunet = v1 is not null ? NnunetVersion.V1 : v2 is not null ? NnunetVersion.V2 : null;
            Tensors = ReadStateDict(v1 ?? v2 ?? root);
            Root = root;
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Path => _file.Path;

    /// <inheritdoc/>
    public IReadOnlyList<TensorInfo> Tensors { get; }

    /// <summary>Which nnU-Net wrote the file; null for a bare state dict.</summary>
    public NnunetVersion? Nnunet { get; }

    /// <summary>The saved object.</summary>
    internal PickleField Root { get; }

    /// <inheritdoc/>
    public void Read(string name, long start, Span<float> destination)
    {
        if (!_tensors.TryGetValue(name, out TorchTensor? tensor))
            throw new InvalidFileException(Path, name, "the checkpoint has no such tensor");
        Read(tensor, start, destination, name);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    /// <summary>Reads values of any tensor of the saved object, such as an optimizer's.</summary>
    internal void Read(TorchTensor tensor, long start, Span<float> destination, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, tensor.Count - destination.Length);
        _file.Read(tensor, start, destination, name);
    }

    private static string StripWrappers(string name)
    {
        while (WrapperPrefixes.FirstOrDefault(prefix => name.StartsWith(prefix, StringComparison.Ordinal)) is { } wrapper)
            name = name[wrapper.Length..];
        return name;
    }

    private List<TensorInfo> ReadStateDict(PickleField stateDict)
    {
        List<TensorInfo> tensors = [];
        foreach ((object key, PickleField field) in stateDict.Members())
        {
            if (key is not string name || field.Value is not TorchTensor tensor)
                throw field.Wrong($"expected a tensor, found {PickleCalls.Describe(field.Value)}", "the file holds no state dict of a network");
            string stripped = StripWrappers(name);
            if (!_tensors.TryAdd(stripped, tensor))
                throw field.Wrong("two tensors have this name once wrappers' prefixes are stripped");
            tensors.Add(new TensorInfo(stripped, tensor.Shape, tensor.ElementType));
        }

        return tensors.Count > 0 ? tensors : throw stateDict.Wrong("it holds no tensors");
    }
}
