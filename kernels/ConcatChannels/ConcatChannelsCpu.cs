using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>CPU kernels in order of preference.</summary>
internal static class ConcatChannelsCpu
{
    public static IReadOnlyList<IKernel> Kernels { get; } = [new ConcatChannelsRows(), new ConcatChannelsReference()];
}
