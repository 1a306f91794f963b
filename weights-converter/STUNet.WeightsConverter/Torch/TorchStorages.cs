using STUNet.Model;

namespace STUNet.WeightsConverter;

/// <summary>The storages a pickle refers to by persistent ids; tensors that share one get the same object.</summary>
internal sealed class TorchStorages(PickleInput input)
{
    private readonly Dictionary<string, TorchStorage> _roots = [];

    /// <summary>All storages by key.</summary>
    public IReadOnlyDictionary<string, TorchStorage> Roots => _roots;

    /// <summary>The storage of ('storage', type, key, location, number of elements [, None]).</summary>
    /// <param name="id">The persistent id.</param>
    /// <param name="locate">Finds a new storage in the file and checks its length.</param>
    public TorchStorage Load(PickleTuple id, Action<TorchStorage> locate)
    {
        if (id.Count is not (5 or 6) || id[0] is not "storage" || id[2] is not string key || id[4] is not long elements
            || id[1] is not PickleGlobal { Kind: GlobalKind.StorageType or GlobalKind.UntypedStorage } type)
        {
            throw input.Wrong("a persistent id that is no storage");
        }

        ElementType? elementType = type.Kind == GlobalKind.UntypedStorage ? null : type.ElementType;
        int elementSize = elementType?.Size() ?? 1;
        if (elements < 0 || elements > long.MaxValue / elementSize)
            throw input.Wrong($"a storage of {elements} elements");
        if (id.Count == 6 && id[5] is not null)
            throw input.Wrong("a storage that is a view of another one is not supported");
        if (_roots.TryGetValue(key, out TorchStorage? known))
        {
            if (known.Elements != elements || known.ElementType != elementType)
                throw input.Wrong($"storage {(key.Length <= 100 ? key : key[..100])} is declared twice with different types or lengths");
            return known;
        }

        TorchStorage storage = new(key, elementType, elements);
        locate(storage);
        _roots.Add(key, storage);
        return storage;
    }
}
