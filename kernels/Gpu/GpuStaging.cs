using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;

namespace STUNet.Kernels;

/// <summary>
/// The way of bytes between host and device in one direction: two pieces of page-locked memory in turn. The device copies one while the host fills or
/// empties the other, so a volume of any size needs no page-locked copy of its own. One transfer at a time; the pieces are taken at the first.
/// </summary>
internal sealed class GpuStaging(GpuDevice device) : IDisposable
{
    /// <summary>Bytes of a piece.</summary>
    public const int PieceBytes = 4 << 20;

    private readonly Lock _lock = new();
    private readonly PageLockedArray1D<byte>?[] _pieces = new PageLockedArray1D<byte>?[2];
    private readonly ProfilingMarker?[] _copied = new ProfilingMarker?[2];
    private int _next;

    /// <summary>Enqueues writing host bytes to the device; returns when all have left the source, which may be before the device has them.</summary>
    /// <param name="source">Host bytes.</param>
    /// <param name="target">As many bytes on the device.</param>
    public void Upload(ReadOnlySpan<byte> source, ArrayView<byte> target)
    {
        lock (_lock)
        {
            for (long done = 0; done < source.Length; done += PieceBytes)
            {
                int length = (int)Math.Min(PieceBytes, source.Length - done);
                Span<byte> piece = Claim(length);
                source.Slice((int)done, length).CopyTo(piece);
                Enqueue(target.SubView(done, length), ref MemoryMarshal.GetReference(piece), isUpload: true);
            }
        }
    }

    /// <summary>Reads device bytes, after all that was enqueued before.</summary>
    /// <param name="source">Bytes on the device.</param>
    /// <param name="target">As many host bytes.</param>
    public void Download(ArrayView<byte> source, Span<byte> target)
    {
        lock (_lock)
        {
            for (long asked = 0, done = 0; done < target.Length; done += PieceBytes)
            {
                for (; asked < target.Length && asked - done < 2L * PieceBytes; asked += PieceBytes)
                {
                    int length = (int)Math.Min(PieceBytes, target.Length - asked);
                    Enqueue(source.SubView(asked, length), ref MemoryMarshal.GetReference(Claim(length)), isUpload: false);
                }

                // Two are under way: the older is the one that comes next.
                int arrived = asked - done > PieceBytes ? _next : 1 - _next;
                Await(arrived);
                int received = (int)Math.Min(PieceBytes, target.Length - done);
                _pieces[arrived]!.Span[..received].CopyTo(target.Slice((int)done, received));
            }
        }
    }

    /// <summary>Releases the pieces, when the device no longer copies from or to them.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            for (int piece = 0; piece < _pieces.Length; piece++)
            {
                Await(piece);
                _pieces[piece]?.Dispose();
                _pieces[piece] = null;
            }
        }
    }

    // The piece whose turn it is, when its last copy is done.
    private Span<byte> Claim(int length)
    {
        Await(_next);
        _pieces[_next] ??= device.AllocatePageLocked(PieceBytes);
        return _pieces[_next]!.Span[..length];
    }

    private void Enqueue(ArrayView<byte> view, ref byte piece, bool isUpload)
    {
        lock (device.Queue)
        {
            if (isUpload)
                view.CopyFromCPUUnsafeAsync(device.Stream, ref piece, view.Length);
            else
                view.CopyToCPUUnsafeAsync(device.Stream, ref piece, view.Length);
            _copied[_next] = device.Stream.AddProfilingMarker();
        }

        _next = 1 - _next;
    }

    private void Await(int piece)
    {
        _copied[piece]?.Synchronize();
        _copied[piece]?.Dispose();
        _copied[piece] = null;
    }
}
