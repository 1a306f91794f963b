using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Visits all elements of a tensor in memory, padding included, in parallel over blocks of fixed length.</summary>
internal abstract class FlatStep(long elements, WorkerPool workers) : Step, IParallelBody
{
    /// <summary>Elements of a block: 64 KiB of floats, enough to hide handing it out.</summary>
    private const int Block = 16384;

    public override void Run(RunContext context) => workers.Run((int)((elements + Block - 1) / Block), this);

    public void Execute(int index, int worker)
    {
        long start = (long)index * Block;
        Visit(start, (int)Math.Min(Block, elements - start));
    }

    protected abstract void Visit(long start, int count);
}
