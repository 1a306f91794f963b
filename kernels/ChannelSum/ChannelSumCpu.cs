using System.Runtime.Intrinsics;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>CPU kernels in order of preference.</summary>
internal static class ChannelSumCpu
{
    public static IReadOnlyList<IKernel> Kernels { get; } =
    [
        new ChannelSumVector<Isa512, Vector512<float>>(),
        new ChannelSumVector<Isa256, Vector256<float>>(),
        new ChannelSumVector<Isa128, Vector128<float>>(),
        new ChannelSumReference(),
    ];
}
