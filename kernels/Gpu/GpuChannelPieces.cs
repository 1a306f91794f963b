using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// The first level of sums over the voxels of every sample and channel. The voxels of a sample are cut into pieces of one length; one group computes 16
/// channels of one piece with 16 rows of threads: row r takes the piece's voxels r, r + 16, ...; the rows' sums are added in their order and stored as
/// partials[piece, sample, sum, channel], which <see cref="GpuPieceSums"/> adds up. Everything follows from shapes, so the bits do too.
/// </summary>
internal struct GpuChannelPieces
{
    public const int Lanes = 16;
    public const int Rows = 16;
    public const int GroupSize = Lanes * Rows;
    private const int PieceVoxels = 4096;

    public ArrayView<float> Partials;
    public int Samples;
    public int Voxels;
    public int Channels;
    public int ChannelBlocks;
    public int Pieces;
    public int Sums;

    /// <summary>This thread's channel; lanes past the last repeat it, since every thread of a group must meet the same barriers.</summary>
    public readonly int Channel => XMath.Min(UnboundedChannel, Channels - 1);

    /// <summary>This group's sample.</summary>
    public readonly int Sample => Grid.IdxX / ChannelBlocks / Pieces;

    /// <summary>This thread's first voxel, counted through the batch; the next are <see cref="Rows"/> further.</summary>
    public readonly int First => (Sample * Voxels) + (Piece * PieceVoxels) + (Group.IdxX / Lanes);

    /// <summary>The voxel behind the last of this group's piece.</summary>
    public readonly int End => (Sample * Voxels) + XMath.Min((Piece + 1) * PieceVoxels, Voxels);

    /// <summary>The launch: one group per sample, piece and block of channels.</summary>
    public readonly KernelConfig Config => new(checked(Samples * Pieces * ChannelBlocks), GroupSize);

    private readonly int Piece => Grid.IdxX / ChannelBlocks % Pieces;

    private readonly int UnboundedChannel => ((Grid.IdxX % ChannelBlocks) * Lanes) + (Group.IdxX % Lanes);

    /// <summary>Elements of the partial sums.</summary>
    /// <param name="samples">Samples that are summed apart.</param>
    /// <param name="voxels">Voxels of one.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="sums">Sums of one channel.</param>
    public static long FloatsOf(int samples, long voxels, int channels, int sums) => PiecesOf(voxels) * samples * sums * channels;

    /// <summary>The pieces of a problem.</summary>
    /// <param name="samples">Samples that are summed apart.</param>
    /// <param name="voxels">Voxels of one.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="sums">Sums of one channel.</param>
    /// <param name="workspace">Where the partial sums go.</param>
    /// <param name="firstFloat">Their first element in it.</param>
    public static GpuChannelPieces Of(int samples, long voxels, int channels, int sums, MemorySpan workspace, long firstFloat = 0)
    {
        GpuLaunch.Require32Bits(samples * voxels);
        long floats = FloatsOf(samples, voxels, channels, sums);
        GpuLaunch.Require32Bits(floats);
        return new GpuChannelPieces
        {
            Partials = GpuMemory.Floats(workspace, firstFloat, floats),
            Samples = samples,
            Voxels = (int)voxels,
            Channels = channels,
            ChannelBlocks = (channels + Lanes - 1) / Lanes,
            Pieces = (int)PiecesOf(voxels),
            Sums = sums,
        };
    }

    /// <summary>Adds up the rows' values of every channel and stores them. Every thread of the group must call it.</summary>
    /// <param name="shared"><see cref="GroupSize"/> elements.</param>
    /// <param name="sum">Which of the sums.</param>
    /// <param name="value">This thread's part of it.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(ArrayView<float> shared, int sum, float value)
    {
        float total = GpuGroup.Sum(shared, value, Group.IdxX % Lanes, Lanes, Rows);
        if (Group.IdxX < Lanes && UnboundedChannel < Channels)
            Partials[(((((Piece * Samples) + Sample) * Sums) + sum) * Channels) + UnboundedChannel] = total;
    }

    /// <summary>The second level: adds up the pieces.</summary>
    /// <param name="device">The device.</param>
    /// <param name="y">[sample, sum, channel].</param>
    public readonly Step BindSecondLevel(GpuDevice device, GpuTensor y) =>
        GpuPieceSums.Bind(device, Partials, Pieces, y, (long)Samples * Sums, Channels);

    private static long PiecesOf(long voxels) => (voxels + PieceVoxels - 1) / PieceVoxels;
}
