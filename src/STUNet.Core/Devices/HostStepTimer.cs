using System.Diagnostics;

namespace STUNet.Core;

/// <summary>Waits for every step and reads the host's clock: right on the CPU; on a device with a queue it includes the way there and back.</summary>
internal sealed class HostStepTimer(Device device, int steps) : StepTimer
{
    private readonly long[] _ticks = new long[steps];
    private long _start;

    public override string Clock => "host clock";

    public override void Start(int step) => _start = Stopwatch.GetTimestamp();

    public override void Stop(int step)
    {
        device.Synchronize();
        _ticks[step] = Stopwatch.GetTimestamp() - _start;
    }

    public override void Read(Span<double> milliseconds)
    {
        for (int step = 0; step < _ticks.Length; step++)
            milliseconds[step] = Stopwatch.GetElapsedTime(0, _ticks[step]).TotalMilliseconds;
    }

    public override void Dispose()
    {
    }
}
