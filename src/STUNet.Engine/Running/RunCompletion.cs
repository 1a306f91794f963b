using STUNet.Core;

namespace STUNet.Engine;

/// <summary>The end of one enqueued run.</summary>
public readonly struct RunCompletion
{
    private readonly Device? _device;

    internal RunCompletion(Device device) => _device = device;

    /// <summary>Waits until the run, and all that was enqueued on its device before, is done. On the CPU it already is.</summary>
    public void Wait() => _device?.Synchronize();
}
