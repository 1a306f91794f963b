using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.OpenCL;
using ILGPU.Runtime;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Compiles a kernel body, corrects the program text where ILGPU's is not accepted or not right, and loads it: once per device and body. PTX is used
/// as it is; OpenCL C needs the three corrections of <see cref="PatchOpenCL"/>.
/// </summary>
internal sealed partial class GpuKernelLoader(Accelerator accelerator)
{
    private readonly Dictionary<MethodInfo, Delegate> _launchers = [];
    private readonly Lock _lock = new();
    private string? _failed;

    /// <summary>
    /// The settings of every context. Level O1, never O2: O2 moves loads from shared memory past barriers. The algorithms library supplies device
    /// mathematics such as exp.
    /// </summary>
    public static void Configure(Context.Builder builder) =>
        builder.EnableAlgorithms().Optimize(OptimizationLevel.O1).Inlining(InliningMode.Aggressive);

    /// <summary>The launcher of a kernel body; calling it allocates nothing.</summary>
    /// <param name="body">A static method.</param>
    public Action<AcceleratorStream, KernelConfig, TArguments> Load<TArguments>(Action<TArguments> body)
        where TArguments : struct
    {
        lock (_lock)
        {
            if (!_launchers.TryGetValue(body.Method, out Delegate? launcher))
            {
                launcher = Compile(body.Method).CreateLauncherDelegate<Action<AcceleratorStream, KernelConfig, TArguments>>();
                _launchers.Add(body.Method, launcher);
            }

            return (Action<AcceleratorStream, KernelConfig, TArguments>)launcher;
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

    private Kernel Compile(MethodInfo body)
    {
        string name = $"{body.DeclaringType?.Name}.{body.Name}";
        // A failed compilation leaves ILGPU's context unusable: later failures would hide the first.
        if (_failed is not null)
            throw new InvalidRequestException($"Kernel {name} cannot be compiled, because {_failed} failed before on {accelerator.Name}.");
        try
        {
            CompiledKernel compiled = accelerator.GetBackend().Compile(EntryPointDescription.FromExplicitlyGroupedKernel(body), default);
            if (compiled is CLCompiledKernel program)
            {
                compiled = new CLCompiledKernel(
                    accelerator.Context, (SeparateViewEntryPoint)EntryPointOf(program), program.Info, PatchOpenCL(program.Source), program.CVersion);
            }

            return accelerator.LoadKernel(compiled);
        }
        catch (Exception cause) when (cause is not OutOfMemoryException)
        {
            _failed = name;
            throw new InvalidRequestException($"Kernel {name} could not be compiled for {accelerator.Name}: {cause.Message}; update its driver, or use --device cpu.", cause);
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_EntryPoint")]
    private static extern EntryPoint EntryPointOf(CompiledKernel kernel);

    [GeneratedRegex(@"\((atomic_\w+)\s*\*\)")]
    private static partial Regex AtomicPointer();
}
