using System.Runtime.Intrinsics;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>CPU kernels: every algorithm for the widest vectors the device allows; <see cref="Conv3dCost"/> ranks them.</summary>
internal static class Conv3dCpu
{
    private static readonly Int3[] Tiles = [new(4, 4, 4), new(2, 4, 4), new(2, 2, 2), new(1, 4, 4), new(1, 2, 2)];

    public static IReadOnlyList<IKernel> Kernels { get; } =
    [
        .. Tiles.SelectMany(Winograd<Isa512, Vector512<float>, WinogradProductAvx512>),
        new Conv3dDirect<Conv3dMicroKernelAvx512, Isa512, Vector512<float>>(),
        .. Tiles.SelectMany(Winograd<Isa256, Vector256<float>, WinogradProductAvx2>),
        new Conv3dDirect<Conv3dMicroKernelAvx2, Isa256, Vector256<float>>(),
        new Conv3dChannelsFirst<Isa512, Vector512<float>>(),
        new Conv3dChannelsFirst<Isa256, Vector256<float>>(),
        new Conv3dChannelsFirst<Isa128, Vector128<float>>(),
        new Conv3dDirect<Conv3dMicroKernelPortable, Isa128, Vector128<float>>(),
        new Conv3dReference(),
    ];

    public static IReadOnlyList<IKernel> DataGradientKernels { get; } =
    [
        new Conv3dDataGradient<Conv3dMicroKernelAvx512>(),
        new Conv3dDataGradient<Conv3dMicroKernelAvx2>(),
        new Conv3dDataGradient<Conv3dMicroKernelPortable>(),
        new Conv3dDataGradientReference(),
    ];

    public static IReadOnlyList<IKernel> WeightGradientKernels { get; } =
    [
        new Conv3dWeightGradientBlocks<WeightGradientVector<Isa512, Vector512<float>>>(),
        new Conv3dWeightGradient<WeightGradientVector<Isa512, Vector512<float>>>(),
        new Conv3dWeightGradientBlocks<WeightGradientVector<Isa256, Vector256<float>>>(),
        new Conv3dWeightGradient<WeightGradientVector<Isa256, Vector256<float>>>(),
        new Conv3dWeightGradientBlocks<WeightGradientVector<Isa128, Vector128<float>>>(),
        new Conv3dWeightGradient<WeightGradientVector<Isa128, Vector128<float>>>(),
        new Conv3dWeightGradientReference(),
    ];

    public static IReadOnlyList<IKernel> FlipWeightKernels { get; } = [new Conv3dFlipWeight(), new Conv3dFlipWeightReference()];

    private static IKernel[] Winograd<TIsa, V, TProduct>(Int3 tile)
        where TIsa : struct, IVectorIsa<V>
        where V : struct
        where TProduct : struct, IWinogradProduct =>
        [new Conv3dWinograd<TIsa, V, TProduct>(tile, transformsWeights: false), new Conv3dWinograd<TIsa, V, TProduct>(tile, transformsWeights: true)];

    /// <summary>Whether all operands are float32, activations channels last, parameters as published, and the output as the op says.</summary>
    public static bool HasPlanLayouts(Conv3dOp op, ReadOnlySpan<TensorDesc> operands)
    {
        for (int i = 0; i < operands.Length; i++)
        {
            Layout layout = op.IsParameter(i) ? Layout.NCDHW : i == operands.Length - 1 ? op.OutputLayout : Layout.NDHWC;
            if (operands[i].DType != DType.F32 || operands[i].Layout != layout)
                return false;
        }

        return true;
    }
}
