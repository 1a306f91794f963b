using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using STUNet.Core;
using STUNet.Model;
using static STUNet.WeightsConverter.PickledObjects;

namespace STUNet.WeightsConverter;

/// <summary>
/// A file that torch.load reads, about to be written: an object, and the float32 tensors in it, each with a storage of its own. Values are read when they are
/// written, in pieces, so memory does not grow with the tensors.
/// </summary>
internal sealed class TorchArchive
{
    private const int ChunkValues = 1 << 18;
    private static readonly PickleName Rebuild = new("torch._utils", "_rebuild_tensor_v2");
    private static readonly PickleName FloatStorage = new("torch", "FloatStorage");

    private readonly List<(ITensorSource Source, string Name, long Count)> _storages = [];

    /// <summary>Bytes of all tensors.</summary>
    public long TensorBytes => _storages.Sum(storage => storage.Count * sizeof(float));

    /// <summary>The object for a tensor; its values are added to the file.</summary>
    /// <param name="source">Where they are.</param>
    /// <param name="name">Name of the tensor there.</param>
    /// <param name="shape">Shape, contiguous.</param>
    public PickleCall Tensor(ITensorSource source, string name, ImmutableArray<int> shape)
    {
        long count = shape.Aggregate(1L, (product, size) => product * size);
        string key = Key(_storages.Count);
        _storages.Add((source, name, count));
        object?[] strides = new object?[shape.Length];
        long stride = 1;
        for (int axis = shape.Length - 1; axis >= 0; axis--)
        {
            strides[axis] = stride;
            stride *= shape[axis];
        }

        return new PickleCall(
            Rebuild,
            Tuple(
                new PickleStorage(Tuple("storage", FloatStorage, key, "cpu", count)),
                0L,
                new PickleTuple([.. shape.Select(size => (object?)(long)size)]),
                new PickleTuple(strides),
                false,
                PickleCall.OrderedDict()));
    }

    /// <summary>Writes the file under a temporary name and renames it when complete.</summary>
    /// <param name="path">The file; its name without extension is the archive's folder, as in PyTorch.</param>
    /// <param name="root">The object.</param>
    /// <param name="written">Told the bytes of each piece of a tensor.</param>
    /// <param name="cancellation">Stops between pieces; nothing is left behind.</param>
    public void Write(string path, object? root, Action<long>? written = null, CancellationToken cancellation = default) => AtomicFile.Write(path, stream =>
    {
        StoredZipWriter zip = new(stream);
        string folder = Path.GetFileNameWithoutExtension(path);
        zip.Add($"{folder}/data.pkl", Pickler.Dump(root));
        float[] values = new float[ChunkValues];
        for (int i = 0; i < _storages.Count; i++)
        {
            (ITensorSource source, string name, long count) = _storages[i];
            zip.Add($"{folder}/data/{Key(i)}", count * sizeof(float), write =>
            {
                for (long start = 0; start < count; start += values.Length)
                {
                    cancellation.ThrowIfCancellationRequested();
                    Span<float> piece = values.AsSpan(0, (int)Math.Min(values.Length, count - start));
                    source.Read(name, start, piece);
                    write(MemoryMarshal.AsBytes(piece));
                    written?.Invoke(piece.Length * sizeof(float));
                }
            });
        }

        zip.Add($"{folder}/version", "3\n"u8.ToArray());
        zip.Finish();
    });

    private static string Key(int index) => index.ToString(CultureInfo.InvariantCulture);
}
