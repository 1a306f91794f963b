using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>CPU kernels in order of preference: the widest vectors the device allows.</summary>
internal static class Conv3dCpu
{
    public static IReadOnlyList<IKernel> Kernels { get; } =
    [
        new Conv3dDirect<Conv3dMicroKernelAvx512>(),
        new Conv3dDirect<Conv3dMicroKernelAvx2>(),
        new Conv3dDirect<Conv3dMicroKernelPortable>(),
        new Conv3dReference(),
    ];
}
