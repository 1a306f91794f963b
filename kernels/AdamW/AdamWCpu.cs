using System.Runtime.Intrinsics;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>CPU kernels in order of preference.</summary>
internal static class AdamWCpu
{
    public static IReadOnlyList<IKernel> Kernels { get; } =
    [
        new AdamWVector<Isa512, Vector512<float>>(),
        new AdamWVector<Isa256, Vector256<float>>(),
        new AdamWVector<Isa128, Vector128<float>>(),
        new AdamWReference(),
    ];
}
