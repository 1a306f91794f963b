using System.Runtime.CompilerServices;
using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// A source of the convolution by tiles. Upsampling reads voxel (d / fd, h / fh, w / fw): the quotient is d * inverse / 2^16, exact for the sizes that
/// <see cref="Supports"/> lets pass.
/// </summary>
internal struct Conv3dTensorSource
{
    private const int One = 1 << 16;

    /// <summary>The elements, 16 bytes at a time, for sources whose voxels begin at multiples of that.</summary>
    public ArrayView<GpuWord4> Chunks;

    /// <summary>The elements one by one: of 16 bits, or of 32.</summary>
    public ArrayView<ushort> Halves;
    public ArrayView<uint> Words;

    /// <summary>Size of the tensor (z, y, x).</summary>
    public GpuInt3 Size;

    /// <summary>2^16 over the upsampling factor, rounded up.</summary>
    public GpuInt3 Inverse;
    public int Channels;
    public int Pitch;

    /// <summary>Chunks of a voxel's channels, the last of which may be a part, its bytes, and chunks from one voxel to the next.</summary>
    public int ChannelChunks;
    public int BytesOfLastChunk;
    public int PitchChunks;

    /// <summary>As in <see cref="GpuTensor"/>.</summary>
    public int Unused;

    /// <summary>A source.</summary>
    public static Conv3dTensorSource From(TensorView view, Int3 factor)
    {
        GpuLaunch.Require32Bits(view.Desc.ElementCount);
        int bytes = view.Desc.Shape.C * view.Desc.DType.Size();
        return new Conv3dTensorSource
        {
            Chunks = GpuTensor.BytesOf<GpuWord4>(view),
            Halves = GpuTensor.BytesOf<ushort>(view),
            Words = GpuTensor.BytesOf<uint>(view),
            Size = GpuInt3.From(view.Desc.Shape.Size),
            Inverse = new GpuInt3 { D = InverseOf(factor.D), H = InverseOf(factor.H), W = InverseOf(factor.W) },
            Channels = view.Desc.Shape.C,
            Pitch = view.Desc.ChannelPitch,
            ChannelChunks = (bytes + GpuWord4.ByteLength - 1) / GpuWord4.ByteLength,
            BytesOfLastChunk = ((bytes - 1) % GpuWord4.ByteLength) + 1,
            PitchChunks = view.Desc.ChannelPitch * view.Desc.DType.Size() / GpuWord4.ByteLength,
        };
    }

    /// <summary>The same with no channels, in the place of a second source that there is not.</summary>
    public readonly Conv3dTensorSource WithoutChannels() => this with { Channels = 0, ChannelChunks = 0 };

    /// <summary>
    /// With inverse = (2^16 + e) / f, 0 &lt;= e &lt; f, and d = q * f + r, the product d * inverse is q * 2^16 + (r * 2^16 + d * e) / f; its quotient by 2^16 is q as
    /// long as d * e &lt; 2^16, for which d * f &lt; 2^16 is enough. It also keeps the product within 32 bits.
    /// </summary>
    public static bool Supports(Int3 virtualSize, Int3 factor) =>
        Enumerable.Range(0, 3).All(axis => (long)virtualSize[axis] * factor[axis] < One && virtualSize[axis] < One / 2);

    /// <summary>The voxel of the tensor behind voxel (d, h, w) of what the convolution sees of sample n.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int VoxelAt(int n, int d, int h, int w) =>
        Size.VoxelAt((n * Size.D) + ((d * Inverse.D) >> 16), (h * Inverse.H) >> 16, (w * Inverse.W) >> 16);

    private static int InverseOf(int factor) => (One + factor - 1) / factor;
}
