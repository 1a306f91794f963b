using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Calls of the CUDA driver, each checked. Except for <see cref="DeviceAttribute"/> they need a current CUDA context.</summary>
internal sealed class GpuCudaCalls(IGpuCudaDriver driver)
{
    private const int OutOfMemory = 2; // CUDA_ERROR_OUT_OF_MEMORY
    private const int CaptureModeThreadLocal = 1; // CU_STREAM_CAPTURE_MODE_THREAD_LOCAL

    /// <summary>The calls of this machine's driver.</summary>
    public static GpuCudaCalls Driver { get; } = new(new GpuCudaDriver());

    public int DeviceAttribute(int attribute, int device)
    {
        Check(driver.DeviceAttribute(out int value, attribute, device), "cuDeviceGetAttribute");
        return value;
    }

    public int FunctionAttribute(int attribute, nint function)
    {
        Check(driver.FunctionAttribute(out int value, attribute, function), "cuFuncGetAttribute");
        return value;
    }

    public void SetFunctionAttribute(nint function, int attribute, int value) =>
        Check(driver.SetFunctionAttribute(function, attribute, value), "cuFuncSetAttribute");

    public nint CreateEvent()
    {
        Check(driver.CreateEvent(out nint created, 0), "cuEventCreate");
        return created;
    }

    public void DestroyEvent(nint @event) => Check(driver.DestroyEvent(@event), "cuEventDestroy");

    public void RecordEvent(nint @event, nint stream) => Check(driver.RecordEvent(@event, stream), "cuEventRecord");

    public void AwaitEvent(nint @event) => Check(driver.AwaitEvent(@event), "cuEventSynchronize");

    public float ElapsedMilliseconds(nint start, nint end)
    {
        Check(driver.ElapsedTime(out float milliseconds, start, end), "cuEventElapsedTime");
        return milliseconds;
    }

    /// <summary>Has the driver compile PTX, with its log.</summary>
    /// <param name="image">PTX, ended by a zero.</param>
    /// <param name="log">Receives what the compiler tells.</param>
    /// <param name="errors">Receives why it refuses.</param>
    /// <param name="problem">Why there is no module, in the driver's words; null where there is one.</param>
    /// <returns>CUmodule, 0 where the driver refuses.</returns>
    public nint LoadModule(ReadOnlySpan<byte> image, Span<byte> log, Span<byte> errors, out string? problem)
    {
        int result = driver.LoadModule(out nint module, image, log, errors);
        problem = result == 0 ? null : GpuCudaStatus.Describe(driver, result);
        return result == 0 ? module : 0;
    }

    public nint ModuleFunction(nint module, string name)
    {
        Check(driver.ModuleFunction(out nint function, module, name), "cuModuleGetFunction");
        return function;
    }

    public void UnloadModule(nint module) => Check(driver.UnloadModule(module), "cuModuleUnload");

    public void LaunchKernel(nint function, int groups, int threads, int sharedBytes, nint stream, nint argument) =>
        Check(driver.LaunchKernel(function, checked((uint)groups), checked((uint)threads), checked((uint)sharedBytes), stream, argument), "cuLaunchKernel");

    /// <summary>Records what the calling thread enqueues on a stream from now on, instead of doing it. Other threads may go on using the device.</summary>
    public void BeginCapture(nint stream) => Check(driver.BeginCapture(stream, CaptureModeThreadLocal), "cuStreamBeginCapture");

    /// <summary>Ends the recording.</summary>
    /// <returns>CUgraph.</returns>
    public nint EndCapture(nint stream)
    {
        Check(driver.EndCapture(stream, out nint graph), "cuStreamEndCapture");
        return graph;
    }

    /// <summary>Ends a recording of which nothing is wanted any more; what the driver says to that does not matter.</summary>
    public void AbandonCapture(nint stream)
    {
        if (driver.EndCapture(stream, out nint graph) == 0 && graph != 0)
            _ = driver.DestroyGraph(graph);
    }

    /// <summary>Makes a recording ready to be launched, any number of times.</summary>
    /// <returns>CUgraphExec.</returns>
    public nint InstantiateGraph(nint graph)
    {
        Check(driver.InstantiateGraph(out nint executable, graph, 0), "cuGraphInstantiateWithFlags");
        return executable;
    }

    public void LaunchGraph(nint executable, nint stream) => Check(driver.LaunchGraph(executable, stream), "cuGraphLaunch");

    public void DestroyGraph(nint graph) => Check(driver.DestroyGraph(graph), "cuGraphDestroy");

    public void DestroyExecutable(nint executable) => Check(driver.DestroyExecutable(executable), "cuGraphExecDestroy");

    private void Check(int result, string call)
    {
        if (result == 0)
            return;
        string what = $"The CUDA driver refused {call}: {GpuCudaStatus.Describe(driver, result)}";
        throw result == OutOfMemory
            ? new InsufficientResourcesException($"{what}; use a smaller patch or model, close other programs that use the GPU, or use --device cpu.")
            : new InvalidRequestException($"{what}; update the NVIDIA driver, or use --device cpu.");
    }
}
