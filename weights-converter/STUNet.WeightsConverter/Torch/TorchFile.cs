using System.Buffers;
using System.Runtime.CompilerServices;
using STUNet.Core;
using STUNet.Model;

namespace STUNet.WeightsConverter;

/// <summary>A file written by torch.save, opened: the unpickled object, and its tensors' data on disk.</summary>
internal sealed class TorchFile : IDisposable
{
    private const int WindowBytes = 1 << 20;

    private readonly RandomAccessFile _file;

    private TorchFile(RandomAccessFile file, object? root) => (_file, Root) = (file, root);

    public string Path => _file.Path;

    /// <summary>The object that was saved.</summary>
    public object? Root { get; }

    /// <summary>Opens a file in the zip or the legacy format.</summary>
    /// <exception cref="InvalidFileException">Neither of the two, damaged, or hostile.</exception>
    public static TorchFile Open(string path)
    {
        RandomAccessFile file = new(path);
        try
        {
            Span<byte> head = stackalloc byte[4];
            if (file.Length < head.Length)
                throw new InvalidFileException(path, "", $"{file.Length} bytes are no checkpoint", "it is truncated; copy it again");
            file.ReadExactly(0, head);
            if (head.SequenceEqual("PK\x03\x04"u8))
                return new TorchFile(file, TorchZip.Read(file));
            if (head[0] == 0x80)
                return new TorchFile(file, TorchLegacy.Read(file));
            throw new InvalidFileException(
                path, "", "neither a zip archive nor a pickle", "expected a file written by torch.save; the tar format of the oldest versions is not supported");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads values of a tensor as binary32.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="start">First value in C order.</param>
    /// <param name="destination">Filled whole.</param>
    /// <param name="name">The tensor's name, for the message.</param>
    public void Read(TorchTensor tensor, long start, Span<float> destination, string name)
    {
        if (tensor.Storage.Verified is { Value: false })
            throw new InvalidFileException(Path, name, $"the checksum of storage {tensor.Storage.Key} does not match its bytes", "the file is damaged; copy it again");
        int size = tensor.ElementType.Size();
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(WindowBytes, Math.Max(8, tensor.Storage.ByteLength)));
        try
        {
            if (tensor.IsContiguous)
                ReadRun(tensor, start, destination, name, buffer.AsSpan(0, buffer.Length / size * size));
            else
                ReadStrided(tensor, start, destination, name, buffer);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public void Dispose() => _file.Dispose();

    private void ReadRun(TorchTensor tensor, long start, Span<float> destination, string name, Span<byte> buffer)
    {
        int size = tensor.ElementType.Size();
        long position = tensor.Storage.FileOffset + (tensor.Offset + start) * size;
        while (destination.Length > 0)
        {
            int count = Math.Min(buffer.Length / size, destination.Length);
            Span<byte> bytes = buffer[..(count * size)];
            _file.ReadExactly(position, bytes, name);
            ElementConversion.ToSingles(tensor.ElementType, bytes, destination[..count]);
            destination = destination[count..];
            position += bytes.Length;
        }
    }

    // The storage is read through a window, so that strides (channels last, transposed views) do not cost one read per element.
    private void ReadStrided(TorchTensor tensor, long start, Span<float> destination, string name, byte[] window)
    {
        int size = tensor.ElementType.Size();
        long storageBytes = tensor.Storage.ByteLength;
        long windowStart = 0;
        int windowLength = 0;
        Span<long> index = stackalloc long[tensor.Shape.Length];
        long rest = start;
        long element = tensor.Offset;
        for (int axis = index.Length - 1; axis >= 0; axis--)
        {
            (rest, index[axis]) = Math.DivRem(rest, tensor.Shape[axis]);
            element += index[axis] * tensor.Strides[axis];
        }

        for (int i = 0; i < destination.Length; i++)
        {
            long position = element * size;
            if (position < windowStart || position + size > windowStart + windowLength)
            {
                windowStart = Math.Max(0, Math.Min(position, storageBytes - window.Length));
                windowLength = (int)Math.Min(window.Length, storageBytes - windowStart);
                _file.ReadExactly(tensor.Storage.FileOffset + windowStart, window.AsSpan(0, windowLength), name);
            }

            ElementConversion.ToSingles(tensor.ElementType, window.AsSpan((int)(position - windowStart), size), destination.Slice(i, 1));
            element = Advance(tensor, index, element);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long Advance(TorchTensor tensor, Span<long> index, long element)
    {
        for (int axis = index.Length - 1; axis >= 0; axis--)
        {
            element += tensor.Strides[axis];
            if (++index[axis] < tensor.Shape[axis])
                break;
            element -= index[axis] * tensor.Strides[axis];
            index[axis] = 0;
        }

        return element;
    }
}
