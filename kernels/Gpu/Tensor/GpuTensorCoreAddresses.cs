using ILGPU;
using ILGPU.IR.Intrinsics;

namespace STUNet.Kernels;

/// <summary>
/// Those of <see cref="GpuTensorCore"/> that take views, for CUDA: views are no operands of instructions, so an element's address is handed on.
/// </summary>
internal static class GpuTensorCoreAddresses
{
    public static GpuFragment LoadMatrices(ArrayView<uint> shared, int word, int offset) => Load(ref shared[word], offset);

    public static GpuFragment LoadMatricesTransposed(ArrayView<uint> shared, int word, int offset) => LoadTransposed(ref shared[word], offset);

    public static GpuFragment LoadChunk(ArrayView<uint> shared, int word, int offset) => LoadElements(ref shared[word], offset);

    public static uint LoadWord(ArrayView<uint> shared, int word, int offset) => LoadElement(ref shared[word], offset);

    public static void CopyAsync(ArrayView<GpuWord4> target, int targetIndex, ArrayView<GpuWord4> source, int sourceIndex, int bytes) =>
        Copy(ref target[targetIndex], ref source[sourceIndex], bytes);

    public static void CopyChunkAsync(ArrayView<GpuWord4> target, int targetIndex, int offset, ArrayView<GpuWord4> source, int sourceIndex, int exists) =>
        CopyChunk(ref target[targetIndex], offset, ref source[sourceIndex], exists);

    [IntrinsicImplementation]
    public static GpuFragment Load(ref uint row, int offset) => default;

    [IntrinsicImplementation]
    public static GpuFragment LoadTransposed(ref uint row, int offset) => default;

    [IntrinsicImplementation]
    public static GpuFragment LoadElements(ref uint elements, int offset) => default;

    [IntrinsicImplementation]
    public static uint LoadElement(ref uint element, int offset) => default;

    [IntrinsicImplementation]
    public static void CopyChunk(ref GpuWord4 target, int offset, ref GpuWord4 source, int exists)
    {
    }

    [IntrinsicImplementation]
    public static void Copy(ref GpuWord4 target, ref GpuWord4 source, int bytes)
    {
    }
}
