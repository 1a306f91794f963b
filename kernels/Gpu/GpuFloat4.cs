using System.Runtime.InteropServices;

namespace STUNet.Kernels;

/// <summary>Four floats that lie side by side: one 16-byte load.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct GpuFloat4
{
    /// <summary>Size in bytes.</summary>
    public const int ByteLength = 16;

    public float X;
    public float Y;
    public float Z;
    public float W;
}
