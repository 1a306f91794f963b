using STUNet.Core;

namespace STUNet.Tests.Core;

public sealed class WorkerPoolTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Run_ManyLoops_EveryPieceRunsOnce(int workers)
    {
        using WorkerPool pool = new(workers);
        for (int loop = 0; loop < 200; loop++)
        {
            int[] runs = new int[loop];
            pool.Run(loop, index => Interlocked.Increment(ref runs[index]));
            Assert.All(runs, count => Assert.Equal(1, count));
        }
    }

    [Fact]
    public void Run_FailingPiece_ReachesTheCallerAndThePoolStaysUsable()
    {
        using WorkerPool pool = new(3);
        AggregateException failure = Assert.Throws<AggregateException>(
            () => pool.Run(10, index => { if (index == 4) throw new InvalidOperationException("piece 4"); }));
        Assert.Equal("piece 4", failure.InnerException!.Message);
        int sum = 0;
        pool.Run(10, index => Interlocked.Add(ref sum, index));
        Assert.Equal(45, sum);
    }
}
