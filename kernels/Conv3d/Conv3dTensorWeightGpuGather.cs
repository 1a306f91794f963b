using System.Runtime.CompilerServices;
using ILGPU;

namespace STUNet.Kernels;

/// <summary>
/// The same product as <see cref="Conv3dTensorWeightGpuBody"/> where voxels of a source or of the output's gradient do not begin at multiples of 16 bytes: few channels, as in
/// the first layer of a network. Rows have no gaps, r = tap * channels + channel, so that 27 taps of one channel are 27 rows. Elements are loaded one by one.
/// </summary>
internal static class Conv3dTensorWeightGpuGather
{
    // Rows of shared memory, one a voxel, times the words of one: a piece of 32 channels.
    private const int PieceWords = Conv3dTensorWeightTiling.VoxelsOfStep * GpuTileMemory.RowWords;

    /// <summary>The kernel body.</summary>
    public static void Accumulate<TBlock, TWarp, TElement>(Conv3dTensorWeightArguments k)
        where TBlock : struct, IGpuBlockTile
        where TWarp : struct, IGpuWarpTile
        where TElement : struct, IGpuElement
    {
        ArrayView<GpuWord4> shared = SharedMemory.Allocate<GpuWord4>(GpuTileRing.StageChunks<TBlock>());
        ArrayView<uint> words = shared.Cast<uint>();
        Conv3dTensorWeightTile tile = Conv3dTensorWeightTile.Of<TBlock>(k);
        int left = GpuTileRing.LeftWord<TBlock, TWarp, GpuTransposedLoads>();
        int right = GpuTileRing.RightWord<TBlock, TWarp, GpuTransposedLoads>();
        int voxelOfStep = Group.IdxX / GpuTileMemory.RowChunks;
        int chunk = Group.IdxX % GpuTileMemory.RowChunks;
        int place = GpuTileMemory.PlaceOf(voxelOfStep, chunk) * 4;
        TWarp sums = default;
        for (int step = 0; step < tile.Steps; step++)
        {
            int voxel = ((tile.FirstStep + step) * Conv3dTensorWeightTiling.VoxelsOfStep) + voxelOfStep;
            Conv3dTensorWindow window = Conv3dTensorWindow.Of(k, voxel);
            for (int piece = 0; piece < default(TBlock).Rows / 32; piece++)
            {
                int row = tile.FirstRow + (piece * 32) + (chunk * Conv3dTensorWeightTiling.ChannelsOfChunk);
                for (int word = 0; word < 4; word++)
                    words[place + (piece * PieceWords) + word] = Source(k, window, row + (2 * word)) | (Source(k, window, row + (2 * word) + 1) << 16);
            }

            for (int piece = 0; piece < default(TBlock).Columns / 32; piece++)
            {
                int column = tile.FirstColumn + (piece * 32) + (chunk * Conv3dTensorWeightTiling.ChannelsOfChunk);
                int target = place + (default(TBlock).Rows * GpuTileMemory.RowWords) + (piece * PieceWords);
                for (int word = 0; word < 4; word++)
                    words[target + word] = Gradient(k, voxel, column + (2 * word)) | (Gradient(k, voxel, column + (2 * word) + 1) << 16);
            }

            Group.Barrier();
            GpuTileRing.MultiplyStage<TWarp, TElement, GpuTransposedLoads>(ref sums, words, left, right);
            Group.Barrier();
        }

        tile.Store<TBlock, TWarp>(k, ref sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Source(in Conv3dTensorWeightArguments k, in Conv3dTensorWindow window, int row)
    {
        int channels = k.First.Channels + k.Second.Channels;
        int channel = row % channels;
        GpuInt3 shift = k.Kernel.PositionOf(row / channels);
        shift.D -= k.Kernel.D / 2;
        shift.H -= k.Kernel.H / 2;
        shift.W -= k.Kernel.W / 2;
        if (row >= k.Rows || !window.Reads(k.Size, shift))
            return 0;
        return channel < k.First.Channels
            ? k.First.Halves[(window.VoxelOf(k.First, shift) * k.First.Pitch) + channel]
            : k.Second.Halves[(window.VoxelOf(k.Second, shift) * k.Second.Pitch) + channel - k.First.Channels];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Gradient(in Conv3dTensorWeightArguments k, int voxel, int channel) =>
        voxel < k.Voxels && channel < k.OutputChannels ? k.GradientHalves[(voxel * k.GradientPitch) + channel] : (uint)0;
}
