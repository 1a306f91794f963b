using System.Reflection;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;

namespace STUNet.Kernels;

/// <summary>Kernel bodies as PTX text, which needs no GPU and no driver. One context for all: making one, and warming it up, takes longer than most kernels. Not thread-safe.</summary>
internal sealed class GpuPtxCompiler : IDisposable
{
    private readonly Context _context = GpuKernelLoader.CreateContext();

    /// <summary>The text of a body.</summary>
    public string Compile(MethodInfo body, CudaArchitecture architecture)
    {
        using PTXBackend backend = new(_context, new CudaCapabilityContext(architecture), architecture, CudaInstructionSet.ISA_80, null);
        GpuKernelLoader.Forget(_context, backend);
        return GpuPtxText.Renumbered(((PTXCompiledKernel)backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(body), default)).PTXAssembly);
    }

    /// <inheritdoc/>
    public void Dispose() => _context.Dispose();
}
