using System.Numerics;
using STUNet.Core;

namespace STUNet.Inference;

/// <summary>
/// Sums of weighted predictions, [D, H, W, pitch], a ring along z: as deep as a patch, plus the last finished slice, which the next slice's
/// interpolation still needs. Channel K (the number of classes) of a voxel is the sum of weights.
/// </summary>
internal sealed class AccumulatorRing : IDisposable
{
    private readonly Device _device;
    private readonly AccumulatorMemory _memory;

    /// <summary>Takes the memory of the ring and clears it.</summary>
    /// <param name="device">The device.</param>
    /// <param name="memory">Lends memory of the device.</param>
    /// <param name="volume">Size of the padded network volume (z, y, x).</param>
    /// <param name="patchDepth">Depth of a window.</param>
    /// <param name="classes">Number of classes.</param>
    public AccumulatorRing(Device device, AccumulatorMemory memory, Int3 volume, int patchDepth, int classes)
    {
        (_device, _memory) = (device, memory);
        Int3 size = SizeOf(volume, patchDepth);
        int pitch = PitchOf(classes);
        long byteLength = size.Product * pitch * sizeof(float);
        Binding = new VolumeBinding(memory.Take(byteLength), 0, pitch, size);
        try
        {
            device.Fill(Binding.Memory, 0, byteLength, 0);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The ring as runs are told of it.</summary>
    public VolumeBinding Binding { get; }

    /// <summary>Bytes of one slice.</summary>
    public long SliceBytes => (long)Binding.Size.H * Binding.Size.W * Binding.Channels * sizeof(float);

    /// <summary>Elements from voxel to voxel: classes and the sum of weights, rounded up to whole vectors.</summary>
    /// <param name="classes">Number of classes.</param>
    public static int PitchOf(int classes)
    {
        // 16 lanes are a vector of AVX-512, 8 of AVX2: below that wider padding would only cost memory.
        int unit = Math.Max(Vector<float>.Count, classes < 8 ? 8 : 16);
        return (classes + unit) / unit * unit;
    }

    /// <summary>Bytes of a ring.</summary>
    /// <param name="volume">Size of the padded network volume (z, y, x).</param>
    /// <param name="patchDepth">Depth of a window.</param>
    /// <param name="classes">Number of classes.</param>
    public static long BytesOf(Int3 volume, int patchDepth, int classes) =>
        SizeOf(volume, patchDepth).Product * PitchOf(classes) * sizeof(float);

    /// <summary>First byte of the slot of a slice.</summary>
    /// <param name="z">The network slice.</param>
    public long OffsetOf(int z) => z % Binding.Size.D * SliceBytes;

    /// <summary>Clears the slot of a slice for the slice that comes next in it.</summary>
    /// <param name="z">The network slice.</param>
    public void Clear(int z) => _device.Fill(Binding.Memory, OffsetOf(z), SliceBytes, 0);

    /// <inheritdoc/>
    public void Dispose() => _memory.Return(Binding.Memory);

    private static Int3 SizeOf(Int3 volume, int patchDepth) => volume with { D = Math.Min(volume.D, patchDepth + 1) };
}
