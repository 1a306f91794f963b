using System.Runtime.Intrinsics;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>CPU kernels in order of preference.</summary>
internal static class SgdCpu
{
    public static IReadOnlyList<IKernel> Kernels { get; } =
    [
        new SgdVector<Isa512, Vector512<float>>(),
        new SgdVector<Isa256, Vector256<float>>(),
        new SgdVector<Isa128, Vector128<float>>(),
        new SgdReference(),
    ];
}
