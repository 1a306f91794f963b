using ILGPU.Runtime;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Two OpenCL marker events per step, whose ends the device notes; nothing waits before the run is over. A marker is a command of its own, so that
/// very short steps are charged with some microseconds of it.
/// </summary>
internal sealed class GpuMarkerStepTimer(GpuDevice device, int steps) : StepTimer
{
    private readonly ProfilingMarker?[] _markers = new ProfilingMarker?[2 * steps];

    public override string Clock => "OpenCL events";

    public override void Start(int step) => Mark(2 * step);

    public override void Stop(int step) => Mark((2 * step) + 1);

    public override void Read(Span<double> milliseconds)
    {
        device.Synchronize();
        for (int step = 0; step < steps; step++)
            milliseconds[step] = (_markers[(2 * step) + 1]! - _markers[2 * step]!).TotalMilliseconds;
    }

    public override void Dispose()
    {
        foreach (ProfilingMarker? marker in _markers)
            marker?.Dispose();
        Array.Clear(_markers);
    }

    private void Mark(int index)
    {
        _markers[index]?.Dispose();
        lock (device.Queue)
            _markers[index] = device.Stream.AddProfilingMarker();
    }
}
