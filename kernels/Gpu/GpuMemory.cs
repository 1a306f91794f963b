using ILGPU;
using ILGPU.Runtime;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>One buffer of a <see cref="GpuDevice"/>.</summary>
/// <param name="buffer">The buffer.</param>
/// <param name="byteLength">Its size as it was asked for.</param>
/// <param name="released">Told once that it is gone.</param>
internal sealed class GpuMemory(MemoryBuffer1D<byte, Stride1D.Dense> buffer, long byteLength, Action<long> released) : DeviceMemory(byteLength)
{
    private bool _isReleased;

    /// <summary>Its address on the device.</summary>
    public nint NativeAddress => buffer.NativePtr;

    /// <summary>A part of the buffer as elements of one type; bytes that make no whole element are left out.</summary>
    public ArrayView<T> View<T>(long byteOffset, long byteLength)
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfNegative(byteOffset);
        ArgumentOutOfRangeException.ThrowIfNegative(byteLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(byteOffset + byteLength, ByteLength);
        return buffer.View.BaseView.SubView(byteOffset, byteLength).Cast<T>();
    }

    /// <summary>A part of a workspace as float32 elements.</summary>
    public static ArrayView<float> Floats(MemorySpan workspace, long first, long count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((first + count) * sizeof(float), workspace.ByteLength);
        return ((GpuMemory)workspace.Memory).View<float>(workspace.ByteOffset + (first * sizeof(float)), count * sizeof(float));
    }

    public override void Dispose()
    {
        if (_isReleased)
            return;
        _isReleased = true;
        buffer.Dispose();
        released(ByteLength);
    }
}
