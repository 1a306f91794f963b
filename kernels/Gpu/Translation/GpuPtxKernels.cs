using System.Reflection;
using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>ILGPU's own form of kernels in PTX, made of a text.</summary>
internal static class GpuPtxKernels
{
    /// <summary>What a text is made of: the programs, the target, the kernel. Another of any is another text.</summary>
    /// <param name="body">The kernel body.</param>
    /// <param name="architecture">The compute capability.</param>
    /// <param name="instructions">The version of PTX.</param>
    public static string MadeOf(MethodInfo body, CudaArchitecture architecture, CudaInstructionSet instructions) =>
        $"{string.Join(' ', ((Type[])[typeof(GpuPtxKernels), typeof(Op), typeof(Context), typeof(XMath)]).Select(type => type.Module.ModuleVersionId))} .NET {Environment.Version} {architecture} {instructions} {body.DeclaringType} {body}";

    /// <summary>A fresh translation with its names numbered anew.</summary>
    /// <param name="compiled">The translation.</param>
    public static PTXCompiledKernel Renumbered(PTXCompiledKernel compiled) =>
        Create(compiled.Context, GpuKernelLoader.EntryPointOf(compiled), compiled.Info, GpuPtxText.Renumbered(compiled.PTXAssembly));

    /// <summary>What the cache keeps of it.</summary>
    /// <param name="compiled">The translation.</param>
    public static GpuCachedKernel ToCache(PTXCompiledKernel compiled) => new(compiled.PTXAssembly, GpuKernelLoader.EntryPointOf(compiled).SharedMemory.StaticSize);

    /// <summary>The same kernel of what was kept: its entry point follows from its body.</summary>
    /// <param name="context">ILGPU's context.</param>
    /// <param name="body">The kernel body.</param>
    /// <param name="cached">What was kept.</param>
    public static PTXCompiledKernel FromCache(Context context, MethodInfo body, GpuCachedKernel cached)
    {
        EntryPointDescription description = EntryPointDescription.FromExplicitlyGroupedKernel(body);
        SharedMemorySpecification shared = new(cached.SharedBytes, hasDynamicMemory: false);
        KernelSpecialization specialization = default;
        return Create(context, new EntryPoint(description, shared, specialization), null, cached.Ptx);
    }

    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    private static extern PTXCompiledKernel Create(Context context, EntryPoint entryPoint, CompiledKernel.KernelInfo? info, string ptx);
}
