using System.Runtime.Intrinsics;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>CPU kernels in order of preference.</summary>
internal static class AddCpu
{
    public static IReadOnlyList<IKernel> Kernels { get; } =
    [
        new AddVector<Isa512, Vector512<float>>(),
        new AddVector<Isa256, Vector256<float>>(),
        new AddVector<Isa128, Vector128<float>>(),
        new AddReference(),
    ];
}
