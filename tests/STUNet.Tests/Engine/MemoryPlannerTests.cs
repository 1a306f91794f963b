using STUNet.Engine;

namespace STUNet.Tests.Engine;

public sealed class MemoryPlannerTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    public void Plan_RandomLifetimes_NoTwoLivingBlocksOverlap(long guardBytes)
    {
        Random random = new(20230413);
        for (int round = 0; round < 200; round++)
        {
            MemoryBlock[] blocks = [.. Enumerable.Range(0, random.Next(1, 60)).Select(_ =>
            {
                int first = random.Next(40);
                return new MemoryBlock(random.Next(0, 100_000), first, first + random.Next(10));
            })];
            (long[] offsets, long arena) = MemoryPlanner.Plan(blocks, guardBytes);
            for (int i = 0; i < blocks.Length; i++)
            {
                Assert.Equal(0, offsets[i] % MemoryPlanner.Alignment);
                Assert.True(offsets[i] + blocks[i].ByteLength + guardBytes <= arena);
                for (int j = 0; j < i; j++)
                {
                    bool apart = offsets[i] + blocks[i].ByteLength + guardBytes <= offsets[j] || offsets[j] + blocks[j].ByteLength + guardBytes <= offsets[i];
                    Assert.True(apart || !blocks[i].IsAliveWith(blocks[j]), $"round {round}: blocks {i} and {j} overlap");
                }
            }
        }
    }

    [Fact]
    public void Plan_Chain_NeedsOnlyTheTwoLargestNeighbours()
    {
        // A chain reads one block and writes the next: at any step two are alive, and the largest pair is 4096 + 2048.
        MemoryBlock[] chain = [new(4096, 0, 1), new(2048, 1, 2), new(1024, 2, 3), new(512, 3, 4), new(256, 4, 4)];
        Assert.Equal(4096 + 2048, MemoryPlanner.Plan(chain).ArenaBytes);
    }

    [Fact]
    public void Plan_GapsOfSeveralSizes_TakesTheTightest()
    {
        // Two blocks live throughout; the ones between them end and leave gaps of 2048 and 1024 bytes: the late block of 1024 fits the second exactly.
        MemoryBlock[] blocks = [new(8192, 0, 9), new(4096, 0, 9), new(2048, 0, 1), new(1024, 2, 9)];
        (long[] offsets, long arena) = MemoryPlanner.Plan(blocks);
        Assert.Equal(8192 + 4096 + 2048, arena);
        Assert.Equal(offsets[2], offsets[3]);
    }
}
