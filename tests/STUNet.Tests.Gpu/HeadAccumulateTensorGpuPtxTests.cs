using ILGPU.Runtime.Cuda;
using STUNet.Kernels;

namespace STUNet.Tests.Gpu;

/// <summary>The head on tensor cores as PTX.</summary>
public sealed class HeadAccumulateTensorGpuPtxTests
{
    [Theory]
    [InlineData("F16", "m16n8k16.row.col.f32.f16.f16.f32")]
    [InlineData("BF16", "m16n8k16.row.col.f32.bf16.bf16.f32")]
    [InlineData("TF32", "m16n8k8.row.col.f32.tf32.tf32.f32")]
    public void Compile_Body_HasTheInstructionsOfItsTile(string type, string product)
    {
        IGpuKernel kernel = GpuKernelTable.KernelsOf(typeof(HeadAccumulateOp)).Single(candidate => candidate.Name == $"Tensor{type}Gpu");
        foreach (CudaArchitecture architecture in (CudaArchitecture[])[CudaArchitecture.SM_80, CudaArchitecture.SM_90])
        {
            string ptx = Ptx.Compile(kernel.Bodies[0], architecture);
            // Two halves of a step, each 32 x 32 of a warp by 16 x 8: the product stands once in the text, for both rounds.
            Assert.Equal(2 * 2 * 4, Ptx.Count(ptx, $"mma.sync.aligned.{product}"));
            Assert.Equal(2 * 4, Ptx.Count(ptx, "ldmatrix.sync.aligned.m8n8.x4.shared.b16"));
            Assert.Equal(2, Ptx.Count(ptx, "cp.async.ca.shared.global"));
            Assert.Equal(5, Ptx.Count(ptx, "bar.sync"));
            Assert.DoesNotContain(".local", ptx, StringComparison.Ordinal);
            Assert.DoesNotContain(".extern", ptx, StringComparison.Ordinal);
        }
    }
}
