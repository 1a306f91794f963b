using System.Text;
using STUNet.Kernels;

namespace STUNet.Tests.Gpu.Cuda;

/// <summary>A CUDA driver that notes what it is asked, and answers as the test wants.</summary>
internal sealed class FakeCudaDriver : IGpuCudaDriver
{
    private nint _next = 100;

    /// <summary>Every call, in order.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>Function attributes by their number.</summary>
    public Dictionary<int, int> Attributes { get; } = [];

    /// <summary>The result code of a call by the driver's name for it; 0 for all others.</summary>
    public Dictionary<string, int> Results { get; } = [];

    /// <summary>Thrown by the first call, as where the library is absent.</summary>
    public Exception? Absence { get; init; }

    public int Devices { get; init; } = 1;

    /// <summary>Creations of events until one is refused; 0 for none.</summary>
    public int EventsUntilRefused { get; set; }

    /// <summary>What the compiler tells of a module.</summary>
    public string Log { get; init; } = "";

    /// <summary>What it tells of one that it refuses.</summary>
    public string LogOfErrors { get; init; } = "";

    /// <summary>Done in place of a launched function, with the address of its parameter.</summary>
    public Action<nint>? Launched { get; init; }

    /// <summary>Events, modules and graphs that nobody has destroyed.</summary>
    public HashSet<nint> Live { get; } = [];

    public int Initialise(uint flags) => Absence is null ? Result("cuInit", flags) : throw Absence;

    public int DeviceCount(out int count)
    {
        count = Devices;
        return Result("cuDeviceGetCount");
    }

    public int DeviceAttribute(out int value, int attribute, int device)
    {
        value = Attributes.GetValueOrDefault(attribute);
        return Result("cuDeviceGetAttribute", attribute, device);
    }

    public (string Name, string Text) Describe(int error) => error switch
    {
        1 => ("CUDA_ERROR_INVALID_VALUE", "invalid argument"),
        2 => ("CUDA_ERROR_OUT_OF_MEMORY", "out of memory"),
        803 => ("CUDA_ERROR_SYSTEM_DRIVER_MISMATCH", "system has unsupported display driver / cuda driver combination"),
        _ => ("", ""),
    };

    public int FunctionAttribute(out int value, int attribute, nint function)
    {
        value = Attributes.GetValueOrDefault(attribute);
        return Result("cuFuncGetAttribute", attribute, function);
    }

    public int SetFunctionAttribute(nint function, int attribute, int value) => Result("cuFuncSetAttribute", function, attribute, value);

    public int CreateEvent(out nint @event, uint flags)
    {
        @event = 0;
        if (EventsUntilRefused-- == 1)
            return 2;
        @event = _next++;
        Live.Add(@event);
        return Result("cuEventCreate", flags);
    }

    public int DestroyEvent(nint @event)
    {
        Assert.True(Live.Remove(@event), $"event {@event} was destroyed twice, or never created");
        return Result("cuEventDestroy", @event);
    }

    public int RecordEvent(nint @event, nint stream) => Result("cuEventRecord", @event, stream);

    public int AwaitEvent(nint @event) => Result("cuEventSynchronize", @event);

    public int ElapsedTime(out float milliseconds, nint start, nint end)
    {
        milliseconds = end - start;
        return Result("cuEventElapsedTime", start, end);
    }

    public int LoadModule(out nint module, ReadOnlySpan<byte> image, Span<byte> log, Span<byte> errors)
    {
        int result = Result("cuModuleLoadDataEx", Encoding.UTF8.GetString(image).TrimEnd('\0'), image[^1] == 0);
        Encoding.UTF8.GetBytes(Log, log);
        if (result != 0)
            Encoding.UTF8.GetBytes(LogOfErrors, errors);
        module = result == 0 ? _next++ : 0;
        if (result == 0)
            Live.Add(module);
        return result;
    }

    public int ModuleFunction(out nint function, nint module, string name)
    {
        function = _next++;
        return Result("cuModuleGetFunction", module, name);
    }

    public int UnloadModule(nint module)
    {
        Assert.True(Live.Remove(module), $"module {module} was unloaded twice, or never loaded");
        return Result("cuModuleUnload", module);
    }

    public int LaunchKernel(nint function, uint groups, uint threads, uint sharedBytes, nint stream, nint argument)
    {
        Launched?.Invoke(argument);
        return Result("cuLaunchKernel", function, groups, threads, sharedBytes, stream);
    }

    public int BeginCapture(nint stream, int mode) => Result("cuStreamBeginCapture", stream, mode);

    public int EndCapture(nint stream, out nint graph)
    {
        int result = Result("cuStreamEndCapture", stream);
        graph = result == 0 ? Born() : 0;
        return result;
    }

    public int InstantiateGraph(out nint executable, nint graph, ulong flags)
    {
        int result = Result("cuGraphInstantiateWithFlags", graph, flags);
        executable = result == 0 ? Born() : 0;
        return result;
    }

    public int LaunchGraph(nint executable, nint stream) => Result("cuGraphLaunch", executable, stream);

    public int DestroyGraph(nint graph) => Died(graph, "cuGraphDestroy");

    public int DestroyExecutable(nint executable) => Died(executable, "cuGraphExecDestroy");

    private nint Born()
    {
        Live.Add(_next);
        return _next++;
    }

    private int Died(nint handle, string call)
    {
        Assert.True(Live.Remove(handle), $"{call} of {handle}, which is not alive");
        return Result(call, handle);
    }

    private int Result(string call, params IEnumerable<object> arguments)
    {
        Calls.Add($"{call}({string.Join(", ", arguments)})");
        return Results.GetValueOrDefault(call);
    }
}
