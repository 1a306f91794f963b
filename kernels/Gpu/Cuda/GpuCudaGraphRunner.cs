using System.Globalization;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Runs steps by CUDA graphs: whatever does not depend on a run's arguments is recorded once and launched as one from then on; the steps between are launched as ever. The first run
/// launches all, so that the driver has loaded every kernel before something is recorded; the second records. Where the driver refuses, steps are launched one by one for good.
/// </summary>
internal sealed class GpuCudaGraphRunner : StepRunner
{
    private readonly GpuCudaCalls _calls;
    private readonly IGpuCaptureTarget _target;
    private readonly List<GpuCudaGraphSegment> _segments;
    private bool _hasRun;
    private string? _refusal;

    /// <summary>Cuts the steps into segments.</summary>
    /// <param name="calls">The driver.</param>
    /// <param name="target">Where the steps enqueue.</param>
    /// <param name="steps">The steps, in order.</param>
    /// <param name="refusal">Why nothing may be recorded; null where it may.</param>
    public GpuCudaGraphRunner(GpuCudaCalls calls, IGpuCaptureTarget target, IReadOnlyList<Step> steps, string? refusal = null)
        : base(steps)
    {
        (_calls, _target, _refusal) = (calls, target, refusal);
        _segments = GpuCudaGraphSegment.Of(steps);
    }

    public override string Description
    {
        get
        {
            if (_refusal is not null)
                return $"launched one by one: {_refusal}";
            GpuCudaGraphSegment[] recorded = [.. _segments.Where(segment => segment.Executable != 0)];
            int launches = _segments.Except(recorded).Sum(segment => segment.Steps.Count);
            return string.Create(
                CultureInfo.InvariantCulture, $"{launches} launches and {recorded.Length} graphs of {recorded.Sum(segment => segment.Steps.Count)} steps");
        }
    }

    public override void Run(RunContext context)
    {
        foreach (GpuCudaGraphSegment segment in _segments)
        {
            if (segment.Executable == 0 && segment.IsRecordable && _hasRun && _refusal is null)
                Record(segment, context);
            if (segment.Executable == 0)
                segment.Run(context);
            else
                Launch(segment.Executable);
        }

        _hasRun = true;
    }

    protected override void Release()
    {
        _target.Bind();
        foreach (GpuCudaGraphSegment segment in _segments.Where(segment => segment.Executable != 0))
        {
            _calls.DestroyExecutable(segment.Executable);
            segment.Executable = 0;
        }
    }

    private void Launch(nint executable)
    {
        lock (_target.QueueLock)
        {
            _target.Bind();
            _calls.LaunchGraph(executable, _target.Queue);
        }
    }

    private void Record(GpuCudaGraphSegment segment, RunContext context)
    {
        nint graph = 0;
        try
        {
            graph = Capture(segment, context);
            segment.Executable = _calls.InstantiateGraph(graph);
        }
        catch (Exception refusal) when (refusal is InvalidRequestException or EntryPointNotFoundException)
        {
            _refusal = refusal is EntryPointNotFoundException ? "the CUDA driver has no graphs; update the NVIDIA driver" : refusal.Message.TrimEnd('.');
        }
        finally
        {
            if (graph != 0)
                _calls.DestroyGraph(graph);
        }
    }

    private nint Capture(GpuCudaGraphSegment segment, RunContext context)
    {
        lock (_target.QueueLock)
        {
            _target.Bind();
            nint stream = _target.BeginRedirection();
            try
            {
                _calls.BeginCapture(stream);
                try
                {
                    segment.Run(context);
                }
                catch
                {
                    _calls.AbandonCapture(stream);
                    throw;
                }

                return _calls.EndCapture(stream);
            }
            finally
            {
                _target.EndRedirection();
            }
        }
    }
}
