using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Calls of the CUDA driver, each checked. Except for <see cref="DeviceAttribute"/> they need a current CUDA context.</summary>
internal sealed class GpuCudaCalls(IGpuCudaDriver driver)
{
    private const int OutOfMemory = 2; // CUDA_ERROR_OUT_OF_MEMORY

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
