using ILGPU;
using ILGPU.Runtime;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Takes over the arguments of a run.</summary>
internal delegate void GpuRefresh<TArguments>(ref TArguments arguments, in RunArguments run);

/// <summary>One kernel launch in a plan: enqueues and returns.</summary>
internal sealed class GpuStep<TArguments>(
    GpuDevice device, Action<TArguments> body, KernelConfig config, TArguments arguments, GpuRefresh<TArguments> refresh) : Step
    where TArguments : struct
{
    private readonly Action<AcceleratorStream, KernelConfig, TArguments> _launch = device.Loader.Load(body);
    private TArguments _arguments = arguments;

    // An op's own refresh takes something from the run; the base's, and the one for steps without an op, take nothing.
    public override bool DependsOnRun { get; } = refresh.Method.DeclaringType is not { } declaring
        || !(declaring == typeof(GpuLaunch) || (declaring.IsGenericType && declaring.GetGenericTypeDefinition() == typeof(GpuKernel<,>)));

    public override void Run(RunContext context)
    {
        refresh(ref _arguments, context.Arguments);
        lock (device.Queue)
            _launch(device.Stream, config, _arguments);
    }
}
