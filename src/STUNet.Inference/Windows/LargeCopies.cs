using STUNet.Core;

namespace STUNet.Inference;

/// <summary>Copies between host memory and a device of more bytes than one span may have.</summary>
internal static unsafe class LargeCopies
{
    private const int Piece = 1 << 30;

    /// <summary>Copies host memory to the beginning of a block.</summary>
    /// <param name="device">The device.</param>
    /// <param name="source">Host memory, all of it.</param>
    /// <param name="target">The block.</param>
    public static void Upload(this Device device, CpuMemory source, DeviceMemory target)
    {
        for (long done = 0; done < source.ByteLength; done += Piece)
            device.Upload(new ReadOnlySpan<byte>(source.Pointer + done, (int)Math.Min(Piece, source.ByteLength - done)), target, done);
    }

    /// <summary>Copies a part of a block to the beginning of host memory.</summary>
    /// <param name="device">The device.</param>
    /// <param name="source">The block.</param>
    /// <param name="byteOffset">First byte in it.</param>
    /// <param name="byteLength">Number of bytes.</param>
    /// <param name="target">Host memory.</param>
    public static void Download(this Device device, DeviceMemory source, long byteOffset, long byteLength, CpuMemory target)
    {
        for (long done = 0; done < byteLength; done += Piece)
            device.Download(source, byteOffset + done, new Span<byte>(target.Pointer + done, (int)Math.Min(Piece, byteLength - done)));
    }
}
