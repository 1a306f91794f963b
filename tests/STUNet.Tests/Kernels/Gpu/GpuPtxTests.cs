using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;
using STUNet.Kernels;

namespace STUNet.Tests.Kernels.Gpu;

/// <summary>Every kernel body as PTX, which needs no GPU: CUDA runs the bodies that OpenCL tests.</summary>
public sealed class GpuPtxTests
{
    [Fact]
    public void Compile_EveryBodyForCuda_UsesRegistersOnlyAndLinksToNothing()
    {
        using Context context = Context.Create(GpuKernelLoader.Configure);
        using PTXBackend backend = new(
            context, new CudaCapabilityContext(CudaArchitecture.SM_80), CudaArchitecture.SM_80, CudaInstructionSet.ISA_80, null);
        foreach (System.Reflection.MethodInfo body in GpuKernelTable.All.SelectMany(kernel => kernel.Bodies))
        {
            PTXCompiledKernel compiled = (PTXCompiledKernel)backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(body), default);
            string name = $"{body.DeclaringType?.Name}.{body.Name}";
            Assert.Contains(".entry", compiled.PTXAssembly, StringComparison.Ordinal);
            Assert.False(compiled.PTXAssembly.Contains(".local", StringComparison.Ordinal), $"{name} spills to local memory");
            Assert.False(compiled.PTXAssembly.Contains(".extern", StringComparison.Ordinal), $"{name} calls a function that PTX does not have");
        }
    }

    [Fact]
    public void PatchOpenCL_GenericPointersBarriersAndAtomics_BecomeOpenCl12()
    {
        string patched = GpuKernelLoader.PatchOpenCL("__generic float* p; barrier(CLK_GLOBAL_MEM_FENCE); atomic_add((atomic_int*) p, 1);");
        Assert.Equal("__global float* p; barrier(CLK_LOCAL_MEM_FENCE|CLK_GLOBAL_MEM_FENCE); atomic_add((volatile __global atomic_int*) p, 1);", patched);
    }
}
