using System.Runtime.InteropServices;

namespace STUNet.Kernels;

/// <summary>16 bytes that lie side by side, one load or one asynchronous copy: 8 elements of 16 bits or 4 of 32.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct GpuWord4
{
    /// <summary>Size in bytes.</summary>
    public const int ByteLength = 16;

    public uint X;
    public uint Y;
    public uint Z;
    public uint W;
}
