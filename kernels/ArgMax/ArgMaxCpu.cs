using System.Runtime.Intrinsics;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>CPU kernels in order of preference.</summary>
internal static class ArgMaxCpu
{
    public static IReadOnlyList<IKernel> Kernels { get; } =
    [
        new ArgMaxVector<Isa512, Vector512<float>>(),
        new ArgMaxVector<Isa256, Vector256<float>>(),
        new ArgMaxVector<Isa128, Vector128<float>>(),
        new ArgMaxReference(),
    ];
}
