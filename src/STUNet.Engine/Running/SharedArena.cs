using STUNet.Core;

namespace STUNet.Engine;

/// <summary>The memory of intermediates of plans that never run at the same time. Whoever holds it disposes of it once; the last one releases it.</summary>
/// <param name="memory">The block, which is taken over.</param>
internal sealed class SharedArena(DeviceMemory memory) : IDisposable
{
    private int _holders = 1;

    public DeviceMemory Memory => memory;

    /// <summary>One more holder.</summary>
    public SharedArena Share()
    {
        Interlocked.Increment(ref _holders);
        return this;
    }

    public void Dispose()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
            memory.Dispose();
    }
}
