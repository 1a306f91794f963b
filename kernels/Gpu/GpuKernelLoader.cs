using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Compiles a kernel body, corrects the program text where ILGPU's is not accepted or not right, and loads it: once per device and body. PTX is used
/// as it is; OpenCL C needs the three corrections of <see cref="PatchOpenCL"/>.
/// </summary>
/// <param name="accelerator">The device.</param>
/// <param name="sharedBytesPerGroup">The most shared memory that a group may have on it.</param>
internal sealed partial class GpuKernelLoader(Accelerator accelerator, int sharedBytesPerGroup)
{
    private readonly Dictionary<MethodInfo, Kernel> _kernels = [];
    private readonly Dictionary<MethodInfo, Delegate> _launchers = [];
    private readonly Lock _lock = new();
    private string? _failed;

    /// <summary>What earlier runs translated for CUDA; null for none.</summary>
    public GpuKernelCache? Cache { get; set; }

    /// <summary>
    /// Makes a context; every one is made here. Level O1, never O2: O2 moves loads from shared memory past barriers. The algorithms library supplies device
    /// mathematics such as exp. Profiling lets streams be marked by events, which <see cref="GpuStaging"/> waits for.
    /// The instructions of tensor cores must be known before a backend is made of the context.
    /// </summary>
    public static Context CreateContext()
    {
        Context context = Context.Create(builder => builder.EnableAlgorithms().Optimize(OptimizationLevel.O1).Inlining(InliningMode.Aggressive).Profiling());
        GpuTensorCoreIntrinsics.Register(context);
        return context;
    }

    /// <summary>The launcher of a kernel body; calling it allocates nothing.</summary>
    /// <param name="body">A static method.</param>
    public Action<AcceleratorStream, KernelConfig, TArguments> Load<TArguments>(Action<TArguments> body)
        where TArguments : struct
    {
        lock (_lock)
        {
            if (!_launchers.TryGetValue(body.Method, out Delegate? launcher))
            {
                launcher = Loaded(body.Method).CreateLauncherDelegate<Action<AcceleratorStream, KernelConfig, TArguments>>();
                _launchers.Add(body.Method, launcher);
            }

            return (Action<AcceleratorStream, KernelConfig, TArguments>)launcher;
        }
    }

    /// <summary>Compiles a body, unless it is already, and tells how it came out.</summary>
    /// <param name="body">A static method.</param>
    public GpuKernelReport Report(MethodInfo body)
    {
        lock (_lock)
        {
            long start = Stopwatch.GetTimestamp();
            Kernel kernel = Loaded(body);
            double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            if (kernel is not CudaKernel cuda)
                return new GpuKernelReport(NameOf(body), milliseconds, null, null, null);
            accelerator.Bind();
            GpuCudaFunction function = new(GpuCudaCalls.Driver, cuda.FunctionPtr);
            return new GpuKernelReport(NameOf(body), milliseconds, function.Registers, function.SpilledBytes, function.SharedBytes);
        }
    }

    /// <summary>
    /// Compiles a body apart from those that are in use, and tells how it came out, with the log of CUDA's compiler; a driver that refuses it is a report, not an exception. What
    /// ILGPU cannot compile still is one.
    /// </summary>
    /// <param name="body">A static method.</param>
    public GpuKernelReport Examine(MethodInfo body)
    {
        if (accelerator is not CudaAccelerator)
            return Report(body);
        lock (_lock)
        {
            PTXCompiledKernel compiled = GpuPtxKernels.Renumbered((PTXCompiledKernel)Translate(body));
            accelerator.Bind();
            return GpuCudaExamination.Run(GpuCudaCalls.Driver, NameOf(body), compiled.PTXAssembly, compiled.Name);
        }
    }

    /// <summary>
    /// OpenCL C without generic pointers, which OpenCL 1.2 and PoCL lack: every pointer that ILGPU leaves generic came in as a kernel argument, so
    /// it is global. Barriers must order local memory too, not only global memory, and have
    /// their name of OpenCL 1.2. Atomics take a volatile global pointer.
    /// </summary>
    internal static string PatchOpenCL(string source) => AtomicPointer().Replace(
        source.Replace("__generic ", "__global ", StringComparison.Ordinal)
            .Replace("CLK_GLOBAL_MEM_FENCE", "CLK_LOCAL_MEM_FENCE|CLK_GLOBAL_MEM_FENCE", StringComparison.Ordinal)
            .Replace("work_group_barrier", "barrier", StringComparison.Ordinal),
        "(volatile __global $1*)");

    /// <summary>
    /// Makes what ILGPU compiles next not depend on what it compiled before. It keeps methods as it optimised them for other kernels; with such parts the structures of a tile do not all end
    /// in registers, and a text comes out in another order, which drivers would not recognise.
    /// </summary>
    /// <param name="context">ILGPU's context.</param>
    /// <param name="backend">Its compiler, which keeps methods of its own.</param>
    internal static void Forget(Context context, Backend backend)
    {
        context.ClearCache(ClearCacheMode.Everything);
        backend.ClearCache(ClearCacheMode.Everything);
    }

    /// <summary>A body's name for people: of a generic one with its element types and tiles, such as <c>Conv3dTensorGpuBody.Convolve(GpuBlockTile128x64, GpuWarpTile64x32, GpuElementF16, GpuRowLoads, Conv3dTensorRow)</c>.</summary>
    /// <param name="body">A static method.</param>
    internal static string NameOf(MethodInfo body)
    {
        Type[] types = [.. body.DeclaringType!.GetGenericArguments(), .. body.GetGenericArguments()];
        string name = $"{body.DeclaringType.Name.Split('`')[0]}.{body.Name}";
        return types.Length == 0 ? name : $"{name}({string.Join(", ", types.Select(type => type.Name.Split('`')[0]))})";
    }

    private Kernel Loaded(MethodInfo body)
    {
        if (!_kernels.TryGetValue(body, out Kernel? kernel))
        {
            kernel = Compile(body);
            _kernels.Add(body, kernel);
        }

        return kernel;
    }

    private Kernel Compile(MethodInfo body)
    {
        string name = NameOf(body);
        // A failed compilation leaves ILGPU's context unusable: later failures would hide the first.
        if (_failed is not null)
            throw new InvalidRequestException($"Kernel {name} cannot be compiled, because {_failed} failed before on {accelerator.Name}.");
        try
        {
            Kernel kernel = accelerator is CudaAccelerator on ? LoadPtx(body, on) : LoadOpenCL(body);
            if (kernel is CudaKernel cuda && sharedBytesPerGroup > accelerator.MaxSharedMemoryPerGroup)
            {
                accelerator.Bind();
                new GpuCudaFunction(GpuCudaCalls.Driver, cuda.FunctionPtr).AllowSharedMemory(sharedBytesPerGroup);
            }

            return kernel;
        }
        catch (Exception cause) when (cause is not OutOfMemoryException)
        {
            _failed = name;
            throw new InvalidRequestException($"Kernel {name} could not be compiled for {accelerator.Name}: {cause.Message}; update its driver, or use --device cpu.", cause);
        }
    }

    private Kernel LoadOpenCL(MethodInfo body)
    {
        CLCompiledKernel program = (CLCompiledKernel)Translate(body);
        return accelerator.LoadKernel(new CLCompiledKernel(
            accelerator.Context, (SeparateViewEntryPoint)EntryPointOf(program), program.Info, PatchOpenCL(program.Source), program.CVersion));
    }

    private Kernel LoadPtx(MethodInfo body, CudaAccelerator cuda)
    {
        string made = GpuPtxKernels.MadeOf(body, cuda.Architecture, cuda.InstructionSet);
        if (Cache?.Find(made) is { } cached)
        {
            try
            {
                return accelerator.LoadKernel(GpuPtxKernels.FromCache(accelerator.Context, body, cached));
            }
            catch (CudaException)
            {
                // A text that the driver refuses, for whatever reason, must not stand in the way of one that it takes.
                Cache.Remove(made);
            }
        }

        PTXCompiledKernel compiled = GpuPtxKernels.Renumbered((PTXCompiledKernel)Translate(body));
        Kernel kernel = accelerator.LoadKernel(compiled);
        Cache?.Keep(made, GpuPtxKernels.ToCache(compiled));
        return kernel;
    }

    private CompiledKernel Translate(MethodInfo body)
    {
        Forget(accelerator.Context, accelerator.GetBackend());
        return accelerator.GetBackend().Compile(EntryPointDescription.FromExplicitlyGroupedKernel(body), default);
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_EntryPoint")]
    internal static extern EntryPoint EntryPointOf(CompiledKernel kernel);

    [GeneratedRegex(@"\((atomic_\w+)\s*\*\)")]
    private static partial Regex AtomicPointer();
}
