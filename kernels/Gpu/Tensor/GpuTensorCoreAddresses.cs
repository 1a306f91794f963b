using ILGPU;
using ILGPU.IR.Intrinsics;

namespace STUNet.Kernels;

/// <summary>
/// Those of <see cref="GpuTensorCore"/> that take views, for CUDA: views are no operands of instructions, so an element's address is handed on.
/// </summary>
internal static class GpuTensorCoreAddresses
{
    public static GpuFragment LoadMatrices(ArrayView<uint> shared, int word) => Load(ref shared[word]);

    public static GpuFragment LoadMatricesTransposed(ArrayView<uint> shared, int word) => LoadTransposed(ref shared[word]);

    public static void CopyAsync(ArrayView<GpuWord4> target, int targetIndex, ArrayView<GpuWord4> source, int sourceIndex, int bytes) =>
        Copy(ref target[targetIndex], ref source[sourceIndex], bytes);

    [IntrinsicImplementation]
    public static GpuFragment Load(ref uint row) => default;

    [IntrinsicImplementation]
    public static GpuFragment LoadTransposed(ref uint row) => default;

    [IntrinsicImplementation]
    public static void Copy(ref GpuWord4 target, ref GpuWord4 source, int bytes)
    {
    }
}
