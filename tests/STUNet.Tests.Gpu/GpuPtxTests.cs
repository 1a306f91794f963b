using System.Reflection;
using System.Text.RegularExpressions;
using ILGPU.Runtime.Cuda;
using STUNet.Kernels;

namespace STUNet.Tests.Gpu;

/// <summary>Every kernel body as PTX, which needs no GPU: CUDA runs the bodies that OpenCL tests.</summary>
public sealed partial class GpuPtxTests
{
    [Fact]
    public void Compile_EveryBodyForCuda_UsesRegistersOnlyLinksToNothingAndHasNoAtomics()
    {
        foreach (MethodInfo body in GpuKernelTable.Bodies)
        {
            string ptx = Ptx.Compile(body, CudaArchitecture.SM_90);
            string name = GpuKernelLoader.NameOf(body);
            Assert.Contains(".entry", ptx, StringComparison.Ordinal);
            Assert.False(ptx.Contains(".local", StringComparison.Ordinal), $"{name} spills to local memory");
            Assert.False(ptx.Contains(".extern", StringComparison.Ordinal), $"{name} calls a function that PTX does not have");
            Assert.False(Atomic().IsMatch(ptx), $"{name} adds up in the order of the clock");
        }
    }

    /// <summary>What tests look at for compute capability 9.0 is what a card of 8.0 gets: of every family of tiles one, and among the long tests every body.</summary>
    [Fact]
    public void Compile_ForBothArchitectures_IsTheSameText()
    {
        MethodInfo[] bodies = [.. GpuKernelTable.All.GroupBy(kernel => kernel.TileFamily).Select(family => family.Last().Bodies[0])];
        foreach (MethodInfo body in LongTests.Enabled ? GpuKernelTable.Bodies : bodies)
            Assert.Equal(Ptx.Compile(body, CudaArchitecture.SM_80), Ptx.Compile(body, CudaArchitecture.SM_90));
        Assert.True(bodies.Length > 20, $"only {bodies.Length} families");
    }

    [GeneratedRegex(@"\b(atom|red)\.")]
    private static partial Regex Atomic();

    [Fact]
    public void PatchOpenCL_GenericPointersBarriersAndAtomics_BecomeOpenCl12()
    {
        string patched = GpuKernelLoader.PatchOpenCL("__generic float* p; barrier(CLK_GLOBAL_MEM_FENCE); atomic_add((atomic_int*) p, 1);");
        Assert.Equal("__global float* p; barrier(CLK_LOCAL_MEM_FENCE|CLK_GLOBAL_MEM_FENCE); atomic_add((volatile __global atomic_int*) p, 1);", patched);
    }
}
