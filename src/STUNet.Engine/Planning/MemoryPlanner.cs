namespace STUNet.Engine;

/// <summary>
/// Lays blocks into one arena so that blocks in use at the same step never overlap: largest first, each into the smallest gap that holds it among
/// the blocks it lives with (best fit). Deterministic.
/// </summary>
internal static class MemoryPlanner
{
    /// <summary>Offsets are multiples of this: a cache line on a CPU, a load segment on a GPU.</summary>
    public const int Alignment = 256;

    /// <summary>Plans an arena.</summary>
    /// <param name="blocks">The blocks.</param>
    /// <param name="guardBytes">Unused bytes kept behind every block, for canaries.</param>
    /// <returns>The offset of every block and the size of the arena.</returns>
    public static (long[] Offsets, long ArenaBytes) Plan(IReadOnlyList<MemoryBlock> blocks, long guardBytes = 0)
    {
        long[] offsets = new long[blocks.Count];
        long arenaBytes = 0;
        List<int> placed = [];
        foreach (int block in Enumerable.Range(0, blocks.Count).OrderByDescending(index => blocks[index].ByteLength).ThenBy(index => index))
        {
            long needed = AlignUp(blocks[block].ByteLength + guardBytes);
            long best = -1;
            long bestGap = long.MaxValue;
            long free = 0;
            foreach (int neighbour in placed.Where(other => blocks[other].IsAliveWith(blocks[block])).OrderBy(other => offsets[other]))
            {
                long gap = offsets[neighbour] - free;
                if (gap >= needed && gap < bestGap)
                    (best, bestGap) = (free, gap);
                free = Math.Max(free, offsets[neighbour] + AlignUp(blocks[neighbour].ByteLength + guardBytes));
            }

            offsets[block] = best >= 0 ? best : free;
            arenaBytes = Math.Max(arenaBytes, offsets[block] + needed);
            placed.Add(block);
        }

        return (offsets, arenaBytes);
    }

    private static long AlignUp(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;
}
