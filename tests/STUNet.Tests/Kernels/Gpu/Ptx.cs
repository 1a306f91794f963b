using System.Collections.Concurrent;
using System.Reflection;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;
using STUNet.Kernels;

namespace STUNet.Tests.Kernels.Gpu;

/// <summary>Kernel bodies as PTX, which needs no GPU.</summary>
internal static class Ptx
{
    private static readonly ConcurrentDictionary<(MethodInfo Body, CudaArchitecture Architecture), string> Compiled = [];

    // One context for all: making one, and warming it up, takes longer than most kernels.
    private static readonly Lazy<Context> Shared = new(() =>
    {
        Context context = Context.Create(GpuKernelLoader.Configure);
        GpuTensorCoreIntrinsics.Register(context);
        return context;
    });

    /// <summary>The text of a body.</summary>
    public static string Compile(MethodInfo body, CudaArchitecture architecture) => Compiled.GetOrAdd((body, architecture), key =>
    {
        lock (Compiled)
        {
            using PTXBackend backend = new(Shared.Value, new CudaCapabilityContext(key.Architecture), key.Architecture, CudaInstructionSet.ISA_80, null);
            return ((PTXCompiledKernel)backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(key.Body), default)).PTXAssembly;
        }
    });

    /// <summary>How often an instruction stands in a text.</summary>
    public static int Count(string ptx, string instruction) => ptx.Split(instruction).Length - 1;
}
