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

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Run_FailingPiece_ReachesTheCallerAsItIsAndThePoolStaysUsable(int workers)
    {
        using WorkerPool pool = new(workers);
        InvalidOperationException failure = Assert.Throws<InvalidOperationException>(
            () => pool.Run(10, index => { if (index == 4) throw new InvalidOperationException("piece 4"); }));
        Assert.Equal("piece 4", failure.Message);
        int sum = 0;
        pool.Run(10, index => Interlocked.Add(ref sum, index));
        Assert.Equal(45, sum);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Run_InsideAPieceOfTheSamePool_RunsInline(int workers)
    {
        using WorkerPool pool = new(workers);
        int sum = 0;
        pool.Run(8, i => pool.Run(8, j => Interlocked.Add(ref sum, (8 * i) + j)));
        Assert.Equal(64 * 63 / 2, sum);
    }

    [Fact]
    public void Run_FromSeveralThreads_LoopsTakeTurns()
    {
        using WorkerPool pool = new(3);
        int sum = 0;
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            for (int loop = 0; loop < 100; loop++)
                pool.Run(10, index => Interlocked.Add(ref sum, index));
        }))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        Assert.Equal(4 * 100 * 45, sum);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Run_AfterDispose_Throws(int workers)
    {
        WorkerPool pool = new(workers);
        pool.Dispose();
        Assert.Throws<ObjectDisposedException>(() => pool.Run(3, _ => { }));
    }
}
