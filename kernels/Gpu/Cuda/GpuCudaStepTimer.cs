using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Two CUDA events per step, recorded on the plan's stream: the GPU notes the times, and nothing waits before the run is over.</summary>
internal sealed class GpuCudaStepTimer : StepTimer
{
    private readonly GpuCudaCalls _calls;
    private readonly Action _bind;
    private readonly nint _stream;
    private readonly nint[] _events;

    /// <summary>Creates the events.</summary>
    /// <param name="calls">The driver.</param>
    /// <param name="stream">CUstream.</param>
    /// <param name="steps">Number of steps.</param>
    /// <param name="bind">Makes the device's CUDA context the thread's current one.</param>
    public GpuCudaStepTimer(GpuCudaCalls calls, nint stream, int steps, Action bind)
    {
        (_calls, _bind, _stream, _events) = (calls, bind, stream, new nint[2 * steps]);
        bind();
        try
        {
            for (int i = 0; i < _events.Length; i++)
                _events[i] = calls.CreateEvent();
        }
        catch
        {
            DestroyEvents();
            throw;
        }
    }

    public override string Clock => "CUDA events";

    public override void Start(int step) => Record(2 * step);

    public override void Stop(int step) => Record((2 * step) + 1);

    public override void Read(Span<double> milliseconds)
    {
        if (_events.Length == 0)
            return;
        _bind();
        _calls.AwaitEvent(_events[^1]);
        for (int step = 0; step < _events.Length / 2; step++)
            milliseconds[step] = _calls.ElapsedMilliseconds(_events[2 * step], _events[(2 * step) + 1]);
    }

    public override void Dispose()
    {
        _bind();
        DestroyEvents();
    }

    private void Record(int index)
    {
        _bind();
        _calls.RecordEvent(_events[index], _stream);
    }

    private void DestroyEvents()
    {
        for (int i = 0; i < _events.Length; i++)
        {
            if (_events[i] != 0)
                _calls.DestroyEvent(_events[i]);
            _events[i] = 0;
        }
    }
}
