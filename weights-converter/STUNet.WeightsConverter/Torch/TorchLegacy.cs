using System.Globalization;
using System.Numerics;
using STUNet.Core;

namespace STUNet.WeightsConverter;

/// <summary>
/// The format before PyTorch 1.6: five pickles (magic number, protocol, system facts, the object, the storages' keys), then for each key in
/// that order an int64 count and the elements, little-endian.
/// </summary>
internal static class TorchLegacy
{
    private const long ProtocolVersion = 1001;

    private static readonly BigInteger MagicNumber = BigInteger.Parse("119547037146038801333356", CultureInfo.InvariantCulture);

    public static object? Read(RandomAccessFile file)
    {
        PickleInput input = new(file, 0, file.Length, "legacy checkpoint");
        if (!Equals(Unpickler.Load(input), MagicNumber))
            throw input.Wrong("a pickle, but not one of torch.save (wrong magic number)");
        if (Unpickler.Load(input) is not ProtocolVersion)
            throw input.Wrong($"the protocol version is not {ProtocolVersion}");
        if (Unpickler.Load(input) is not PickleDict facts || !facts.TryGet("little_endian", out object? little) || little is not true)
            throw input.Wrong("not written on a little-endian machine, or the facts about it are missing");
        TorchStorages storages = new(input);
        long length = file.Length;
        object? root = Unpickler.Load(input, id => storages.Load(id, storage =>
        {
            if (storage.ByteLength > length)
                throw input.Wrong($"a storage of {storage.ByteLength} bytes in a file of {length} bytes");
        }));
        if (Unpickler.Load(input) is not PickleList keys)
            throw input.Wrong("the list of storages is missing");
        foreach (object? key in keys.Items)
        {
            if (key is not string name || !storages.Roots.TryGetValue(name, out TorchStorage? storage) || storage.FileOffset >= 0)
                throw input.Wrong("the list of storages names one twice, or one that no tensor uses");
            input.RequireLength(8, "a storage's length");
            long elements = input.ReadLittleEndian(8);
            if (elements != storage.Elements)
                throw input.Wrong($"storage {storage.Key} has {elements} elements, its tensors expect {storage.Elements}");
            storage.FileOffset = input.Position;
            input.Skip(storage.ByteLength, $"storage {storage.Key}");
        }

        if (storages.Roots.Values.FirstOrDefault(storage => storage.FileOffset < 0) is { } missing)
            throw input.Wrong($"the data of storage {missing.Key} is missing");
        return root;
    }
}
