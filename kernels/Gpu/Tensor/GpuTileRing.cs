using System.Runtime.CompilerServices;
using ILGPU;

namespace STUNet.Kernels;

/// <summary>Copies one step after the other of both operands to shared memory.</summary>
/// <typeparam name="TArguments">What the kernel body is told.</typeparam>
internal interface IGpuTileCopies<TArguments>
    where TArguments : struct
{
    /// <summary>Begins to copy the present step, and goes on to the next.</summary>
    /// <param name="k">The problem.</param>
    /// <param name="target">Shared memory of one stage: the left, then the right operand.</param>
    /// <param name="stage">First chunk of the stage.</param>
    void Copy<TBlock, TElement>(in TArguments k, ArrayView<GpuWord4> target, int stage)
        where TBlock : struct, IGpuBlockTile
        where TElement : struct, IGpuElement;
}

/// <summary>The main loop of a tile. While it multiplies one step, the next ones are copied to a ring in shared memory, past registers; one barrier a step.</summary>
internal static class GpuTileRing
{
    /// <summary>Chunks of shared memory of one stage.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int StageChunks<TBlock>()
        where TBlock : struct, IGpuBlockTile => (default(TBlock).Rows + default(TBlock).Columns) * GpuTileMemory.RowChunks;

    /// <summary>Multiplies a number of steps. Every thread of the group must call it; a barrier ends it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Multiply<TBlock, TWarp, TElement, TLoads, TCopies, TArguments>(
        in TArguments k, ref TCopies copies, ref TWarp sums, ArrayView<GpuWord4> shared, int steps)
        where TBlock : struct, IGpuBlockTile
        where TWarp : struct, IGpuWarpTile
        where TElement : struct, IGpuElement
        where TLoads : struct, IGpuTileLoads
        where TCopies : struct, IGpuTileCopies<TArguments>
        where TArguments : struct
    {
        int stageChunks = StageChunks<TBlock>();
        ArrayView<uint> words = shared.Cast<uint>();
        int left = LeftWord<TBlock, TWarp, TLoads>();
        int right = RightWord<TBlock, TWarp, TLoads>();
        for (int i = 0; i < default(TBlock).Stages - 1; i++)
        {
            if (i < steps)
                copies.Copy<TBlock, TElement>(k, shared, i * stageChunks);
            GpuTensorCore.CommitCopies();
        }

        int copied = (default(TBlock).Stages - 1) * stageChunks; // the stage to copy next
        int stage = 0;                                            // the stage to multiply next
        for (int step = 0; step < steps; step++)
        {
            // The barrier tells two things: everyone's copies of this step have arrived, and everyone has multiplied the stage that is copied to next.
            GpuTensorCore.WaitForCopies(default(TBlock).Stages - 2);
            Group.Barrier();
            if (step + default(TBlock).Stages - 1 < steps)
                copies.Copy<TBlock, TElement>(k, shared, copied);
            GpuTensorCore.CommitCopies();
            MultiplyStage<TWarp, TLoads>(ref sums, words, (stage * 4) + left, (stage * 4) + right);
            copied = Next<TBlock>(copied, stageChunks);
            stage = Next<TBlock>(stage, stageChunks);
        }

        GpuTensorCore.WaitForCopies(0);
        Group.Barrier();
    }

    /// <summary>Multiplies one stage: 64 bytes of the inner index, 32 at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void MultiplyStage<TWarp, TLoads>(ref TWarp sums, ArrayView<uint> words, int left, int right)
        where TWarp : struct, IGpuWarpTile
        where TLoads : struct, IGpuTileLoads
    {
        // Threads found their copies' sources by branches of their own.
        GpuTensorCore.JoinWarp();
        sums.MultiplyAdd<TLoads>(words, left, right);
        sums.MultiplyAdd<TLoads>(words, default(TLoads).NextLeftHalf(left), default(TLoads).NextRightHalf(right));
    }

    /// <summary>The word this thread names of its warp's first rows, in a stage at the beginning of shared memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int LeftWord<TBlock, TWarp, TLoads>()
        where TBlock : struct, IGpuBlockTile
        where TWarp : struct, IGpuWarpTile
        where TLoads : struct, IGpuTileLoads =>
        default(TLoads).LeftWord(Group.IdxX / GpuTensorCore.WarpSize / default(TBlock).WarpsAcross * default(TWarp).Rows);

    /// <summary>Likewise of its first columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int RightWord<TBlock, TWarp, TLoads>()
        where TBlock : struct, IGpuBlockTile
        where TWarp : struct, IGpuWarpTile
        where TLoads : struct, IGpuTileLoads =>
        default(TLoads).RightWord(default(TBlock).Rows + (Group.IdxX / GpuTensorCore.WarpSize % default(TBlock).WarpsAcross * default(TWarp).Columns));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Next<TBlock>(int stage, int stageChunks)
        where TBlock : struct, IGpuBlockTile => stage == (default(TBlock).Stages - 1) * stageChunks ? 0 : stage + stageChunks;
}
