using System.Buffers;
using System.IO.MemoryMappedFiles;
using STUNet.Core;

namespace STUNet.Training;

/// <summary>
/// A file in the address space: the system reads the pages that are touched and drops them when memory is short. The file must keep its length as long as
/// it is mapped; files replaced by renaming (<see cref="AtomicFile"/>) do. Unlike <see cref="RandomAccessFile"/>, because patches are cut from anywhere.
/// </summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedViewAccessor _view;
    private byte* _first;

    /// <exception cref="InvalidFileException">The file cannot be mapped, or is shorter than expected.</exception>
    public MappedFile(string path, long length)
    {
        Path = path;
        Length = length;
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
            if (stream.Length != length)
                throw new InvalidFileException(path, "", $"the file has {stream.Length} bytes instead of {length}", "it was changed just now; preprocess the case again");

            // The view outlives both handles, so a thousand open cases are no thousand open files.
            using MemoryMappedFile file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
            _view = file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _first);
            _first += _view.PointerOffset;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new InvalidFileException(path, "", $"the file cannot be mapped ({failure.Message.TrimEnd('.')})", "check the disk and the limits of the system", failure);
        }
    }

    /// <summary>The file, for messages.</summary>
    public string Path { get; }

    /// <summary>Bytes mapped.</summary>
    public long Length { get; }

    /// <summary>Elements of the file; valid until the file is disposed of.</summary>
    public ReadOnlySpan<T> Span<T>(long offset, int count)
        where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(_first == null, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + ((long)count * sizeof(T)), Length);
        return new ReadOnlySpan<T>(_first + offset, count);
    }

    /// <summary>The same as memory that can be kept; its span throws once the file is disposed of.</summary>
    public ReadOnlyMemory<T> Memory<T>(long offset, int count)
        where T : unmanaged => count == 0 ? default : new Block<T>(this, offset, count).Memory;

    public void Dispose()
    {
        if (_first == null)
            return;
        _first = null;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
    }

    private sealed class Block<T>(MappedFile file, long offset, int count) : MemoryManager<T>
        where T : unmanaged
    {
        public override Memory<T> Memory => CreateMemory(count);

        public override Span<T> GetSpan()
        {
            fixed (T* first = file.Span<T>(offset, count))
                return new Span<T>(first, count);
        }

        public override MemoryHandle Pin(int elementIndex = 0)
        {
            fixed (T* first = file.Span<T>(offset, count))
                return new MemoryHandle(first + elementIndex);
        }

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
