using ILGPU.Runtime.Cuda;
using STUNet.Kernels;

namespace STUNet.Tests.Gpu;

/// <summary>The head by tiles as PTX.</summary>
public sealed class HeadAccumulateTensorGpuPtxTests
{
    [Theory]
    [InlineData("TensorF16Gpu", "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32", 2 * 2 * 4, "ldmatrix.sync.aligned.m8n8.x4.shared.b16", 2 * 4)]
    [InlineData("TensorBF16Gpu", "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32", 2 * 2 * 4, "ldmatrix.sync.aligned.m8n8.x4.shared.b16", 2 * 4)]
    [InlineData("TensorTF32Gpu", "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32", 2 * 2 * 4, "ldmatrix.sync.aligned.m8n8.x4.shared.b16", 2 * 4)]
    [InlineData("TileF32Gpu", "fma.rn.f32", 16 * 32, "ld.shared.v4.b32 {%r", 4 * (4 + 8))]
    public void Compile_Body_HasTheInstructionsOfItsTile(string name, string product, int products, string load, int loads)
    {
        IGpuKernel kernel = GpuKernelTable.KernelsOf(typeof(HeadAccumulateOp)).Single(candidate => candidate.Name == name);
        foreach (CudaArchitecture architecture in Ptx.Architectures)
        {
            string ptx = Ptx.Compile(kernel.Bodies[0], architecture);
            // Two halves of a step, each 32 x 32 of a warp by 16 x 8, or 16 products of a thread's 32 sums: they stand once in the text, for both rounds.
            Assert.Equal((products, loads), (Ptx.Count(ptx, product), Ptx.Count(ptx, load)));
            Assert.Equal(2, Ptx.Count(ptx, "cp.async.ca.shared.global"));
            Assert.Equal(5, Ptx.Count(ptx, "bar.sync"));
            Assert.DoesNotContain(".local", ptx, StringComparison.Ordinal);
            Assert.DoesNotContain(".extern", ptx, StringComparison.Ordinal);
        }
    }
}
