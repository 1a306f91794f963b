namespace STUNet.Kernels;

/// <summary>
/// The calls of the CUDA driver that ILGPU does not make, one to one, each giving the driver's result code. Tests put a recording in its place;
/// <see cref="GpuCudaCalls"/> checks every result.
/// </summary>
internal interface IGpuCudaDriver
{
    /// <summary>cuInit; the only flag is 0.</summary>
    int Initialise(uint flags);

    /// <summary>cuDeviceGetCount.</summary>
    int DeviceCount(out int count);

    /// <summary>cuDeviceGetAttribute.</summary>
    int DeviceAttribute(out int value, int attribute, int device);

    /// <summary>cuGetErrorName and cuGetErrorString; empty where the driver does not know the code.</summary>
    (string Name, string Text) Describe(int error);

    /// <summary>cuFuncGetAttribute.</summary>
    int FunctionAttribute(out int value, int attribute, nint function);

    /// <summary>cuFuncSetAttribute.</summary>
    int SetFunctionAttribute(nint function, int attribute, int value);

    /// <summary>cuEventCreate; flags 0 is an event that keeps the time.</summary>
    int CreateEvent(out nint @event, uint flags);

    /// <summary>cuEventDestroy.</summary>
    int DestroyEvent(nint @event);

    /// <summary>cuEventRecord.</summary>
    int RecordEvent(nint @event, nint stream);

    /// <summary>cuEventSynchronize.</summary>
    int AwaitEvent(nint @event);

    /// <summary>cuEventElapsedTime.</summary>
    int ElapsedTime(out float milliseconds, nint start, nint end);

    /// <summary>cuModuleLoadDataEx with a verbose log.</summary>
    /// <param name="module">CUmodule.</param>
    /// <param name="image">PTX, ended by a zero.</param>
    /// <param name="log">Receives what the driver's compiler tells, ended by a zero: CU_JIT_INFO_LOG_BUFFER.</param>
    /// <param name="errors">Receives why it refuses, likewise: CU_JIT_ERROR_LOG_BUFFER.</param>
    int LoadModule(out nint module, ReadOnlySpan<byte> image, Span<byte> log, Span<byte> errors);

    /// <summary>cuModuleGetFunction.</summary>
    int ModuleFunction(out nint function, nint module, string name);

    /// <summary>cuModuleUnload.</summary>
    int UnloadModule(nint module);

    /// <summary>cuLaunchKernel along x, of a function with one parameter.</summary>
    /// <param name="function">CUfunction.</param>
    /// <param name="groups">gridDimX.</param>
    /// <param name="threads">blockDimX.</param>
    /// <param name="sharedBytes">sharedMemBytes.</param>
    /// <param name="stream">CUstream.</param>
    /// <param name="argument">Address of the parameter.</param>
    int LaunchKernel(nint function, uint groups, uint threads, uint sharedBytes, nint stream, nint argument);

    /// <summary>cuStreamBeginCapture; mode is CUstreamCaptureMode.</summary>
    int BeginCapture(nint stream, int mode);

    /// <summary>cuStreamEndCapture.</summary>
    int EndCapture(nint stream, out nint graph);

    /// <summary>cuGraphInstantiateWithFlags.</summary>
    int InstantiateGraph(out nint executable, nint graph, ulong flags);

    /// <summary>cuGraphLaunch.</summary>
    int LaunchGraph(nint executable, nint stream);

    /// <summary>cuGraphDestroy.</summary>
    int DestroyGraph(nint graph);

    /// <summary>cuGraphExecDestroy.</summary>
    int DestroyExecutable(nint executable);
}
