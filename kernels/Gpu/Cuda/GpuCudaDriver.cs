using System.Runtime.InteropServices;

namespace STUNet.Kernels;

/// <summary>
/// The CUDA driver itself. Names are the exported ones: where the header renames a function (cuEventDestroy is cuEventDestroy_v2), the newer one is
/// imported. Handles are pointers, enumerations are 32-bit integers.
/// </summary>
internal sealed partial class GpuCudaDriver : IGpuCudaDriver
{
    // GpuDrivers resolves it to libcuda.so.1 or nvcuda.dll.
    private const string Library = GpuDrivers.CudaLibrary;

    static GpuCudaDriver() => GpuDrivers.Install();

    public int Initialise(uint flags) => cuInit(flags);

    public int DeviceCount(out int count) => cuDeviceGetCount(out count);

    public int DeviceAttribute(out int value, int attribute, int device) => cuDeviceGetAttribute(out value, attribute, device);

    public (string Name, string Text) Describe(int error)
    {
        nint name = 0;
        nint text = 0;
        bool isKnown = cuGetErrorName(error, ref name) == 0 & cuGetErrorString(error, ref text) == 0;
        return isKnown ? (Marshal.PtrToStringUTF8(name) ?? "", Marshal.PtrToStringUTF8(text) ?? "") : ("", "");
    }

    public int FunctionAttribute(out int value, int attribute, nint function) => cuFuncGetAttribute(out value, attribute, function);

    public int SetFunctionAttribute(nint function, int attribute, int value) => cuFuncSetAttribute(function, attribute, value);

    public int CreateEvent(out nint @event, uint flags) => cuEventCreate(out @event, flags);

    public int DestroyEvent(nint @event) => cuEventDestroy_v2(@event);

    public int RecordEvent(nint @event, nint stream) => cuEventRecord(@event, stream);

    public int AwaitEvent(nint @event) => cuEventSynchronize(@event);

    public int ElapsedTime(out float milliseconds, nint start, nint end) => cuEventElapsedTime(out milliseconds, start, end);

    public unsafe int LoadModule(out nint module, ReadOnlySpan<byte> image, Span<byte> log, Span<byte> errors)
    {
        fixed (byte* text = image, told = log, refused = errors)
        {
            // CUjit_option: INFO_LOG_BUFFER 3, its size 4, ERROR_LOG_BUFFER 5, its size 6, LOG_VERBOSE 12. Values are pointers, or numbers in their place.
            ReadOnlySpan<int> options = [3, 4, 5, 6, 12];
            ReadOnlySpan<nint> values = [(nint)told, log.Length, (nint)refused, errors.Length, 1];
            fixed (int* names = options)
            fixed (nint* arguments = values)
                return cuModuleLoadDataEx(out module, text, (uint)options.Length, names, arguments);
        }
    }

    public int ModuleFunction(out nint function, nint module, string name) => cuModuleGetFunction(out function, module, name);

    public int UnloadModule(nint module) => cuModuleUnload(module);

    public unsafe int LaunchKernel(nint function, uint groups, uint threads, uint sharedBytes, nint stream, nint argument) =>
        cuLaunchKernel(function, groups, 1, 1, threads, 1, 1, sharedBytes, stream, &argument, null);

    public int BeginCapture(nint stream, int mode) => cuStreamBeginCapture_v2(stream, mode);

    public int EndCapture(nint stream, out nint graph) => cuStreamEndCapture(stream, out graph);

    public int InstantiateGraph(out nint executable, nint graph, ulong flags) => cuGraphInstantiateWithFlags(out executable, graph, flags);

    public int LaunchGraph(nint executable, nint stream) => cuGraphLaunch(executable, stream);

    public int DestroyGraph(nint graph) => cuGraphDestroy(graph);

    public int DestroyExecutable(nint executable) => cuGraphExecDestroy(executable);

    [LibraryImport(Library)]
    private static partial int cuInit(uint flags);

    [LibraryImport(Library)]
    private static partial int cuDeviceGetCount(out int count);

    [LibraryImport(Library)]
    private static partial int cuDeviceGetAttribute(out int value, int attribute, int device);

    [LibraryImport(Library)]
    private static partial int cuGetErrorName(int error, ref nint text);

    [LibraryImport(Library)]
    private static partial int cuGetErrorString(int error, ref nint text);

    [LibraryImport(Library)]
    private static partial int cuFuncGetAttribute(out int value, int attribute, nint function);

    [LibraryImport(Library)]
    private static partial int cuFuncSetAttribute(nint function, int attribute, int value);

    [LibraryImport(Library)]
    private static partial int cuEventCreate(out nint @event, uint flags);

    [LibraryImport(Library)]
    private static partial int cuEventDestroy_v2(nint @event);

    [LibraryImport(Library)]
    private static partial int cuEventRecord(nint @event, nint stream);

    [LibraryImport(Library)]
    private static partial int cuEventSynchronize(nint @event);

    [LibraryImport(Library)]
    private static partial int cuEventElapsedTime(out float milliseconds, nint start, nint end);

    [LibraryImport(Library)]
    private static unsafe partial int cuModuleLoadDataEx(out nint module, byte* image, uint optionCount, int* options, nint* values);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int cuModuleGetFunction(out nint function, nint module, string name);

    [LibraryImport(Library)]
    private static partial int cuModuleUnload(nint module);

    [LibraryImport(Library)]
    private static unsafe partial int cuLaunchKernel(
        nint function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ, uint sharedBytes, nint stream, nint* parameters, nint* extra);

    [LibraryImport(Library)]
    private static partial int cuStreamBeginCapture_v2(nint stream, int mode);

    [LibraryImport(Library)]
    private static partial int cuStreamEndCapture(nint stream, out nint graph);

    [LibraryImport(Library)]
    private static partial int cuGraphInstantiateWithFlags(out nint executable, nint graph, ulong flags);

    [LibraryImport(Library)]
    private static partial int cuGraphLaunch(nint executable, nint stream);

    [LibraryImport(Library)]
    private static partial int cuGraphDestroy(nint graph);

    [LibraryImport(Library)]
    private static partial int cuGraphExecDestroy(nint executable);
}
