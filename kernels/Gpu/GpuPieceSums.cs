using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="GpuPieceSums"/>'s body is told.</summary>
internal struct PieceSumsArguments
{
    public ArrayView<float> Partials;
    public GpuTensor Y;
    public int Channels;
    public int Pieces;
    public int Count;
}

/// <summary>
/// The second level of sums over many voxels: y[row, c] = sum over pieces, in order, of partials[piece, row, c]. One thread computes one sum; the channel
/// is fastest.
/// </summary>
internal static class GpuPieceSums
{
    /// <summary>The kernel body.</summary>
    public static Action<PieceSumsArguments> Body => AddPieces;

    /// <summary>The launch.</summary>
    /// <param name="device">The device.</param>
    /// <param name="partials">The pieces' sums.</param>
    /// <param name="pieces">Number of pieces.</param>
    /// <param name="y">Where the sums go.</param>
    /// <param name="rows">Rows of y.</param>
    /// <param name="channels">Sums of a row.</param>
    public static Step Bind(GpuDevice device, ArrayView<float> partials, int pieces, GpuTensor y, long rows, int channels)
    {
        PieceSumsArguments arguments = new() { Partials = partials, Y = y, Channels = channels, Pieces = pieces, Count = (int)(rows * channels) };
        return new GpuStep<PieceSumsArguments>(device, Body, GpuLaunch.OneThreadPer(rows * channels), arguments, GpuLaunch.KeepArguments);
    }

    private static void AddPieces(PieceSumsArguments k)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= k.Count)
            return;
        GpuSum sum = default;
        for (int piece = 0; piece < k.Pieces; piece++)
            sum.Add(k.Partials[(piece * k.Count) + i]);
        k.Y.At(i / k.Channels, i % k.Channels) = sum.Value;
    }
}
