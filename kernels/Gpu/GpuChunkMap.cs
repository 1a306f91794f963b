using System.Runtime.CompilerServices;
using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What an op computes of one element, in float32. A structure of arguments, so that kernels are compiled for each.</summary>
internal interface IGpuElementMap
{
    /// <summary>The result of an element.</summary>
    /// <param name="first">Its value in the first tensor.</param>
    /// <param name="second">Its value in the second; 0 where there is none.</param>
    /// <param name="sample">Its sample.</param>
    /// <param name="c">Its channel.</param>
    float Of(float first, float second, int sample, int c);
}

/// <summary>What <see cref="GpuChunkMap"/>'s body is told. Without a second tensor its view is the first's and is not read.</summary>
internal struct GpuChunkMapArguments<TMap>
    where TMap : struct, IGpuElementMap
{
    public ArrayView<GpuWord4> First;
    public ArrayView<GpuWord4> Second;
    public ArrayView<GpuWord4> Y;
    public TMap Map;
    public int HasSecond;
    public int Channels;
    public int ChunksOfVoxel;
    public int VoxelsPerSample;
    public int Count;

    /// <summary>As in <see cref="GpuTensor"/>.</summary>
    public int Unused;
}

/// <summary>
/// Ops of binary16 or bfloat16 element by element, computed in float32 and rounded once. One thread computes 8 channels of one voxel, by one load of 16 bytes per tensor and one store: elements of
/// 2 bytes by themselves keep too few bytes under way to fill the memory, and each would cost its divisions. What lies between the channels and the pitch is written too, and means nothing.
/// </summary>
internal static class GpuChunkMap
{
    private const int Lanes = 8;

    /// <summary>Whether operands have an element type and the same voxels in whole chunks.</summary>
    public static bool Fit(DType type, params ReadOnlySpan<TensorDesc> operands)
    {
        foreach (TensorDesc operand in operands)
        {
            if (operand.DType != type || operand.Layout != Layout.NDHWC || operand.ChannelPitch % Lanes != 0 || operand.ChannelPitch != operands[0].ChannelPitch)
                return false;
        }

        return true;
    }

    /// <summary>The arguments of a map, and its launch.</summary>
    /// <param name="map">What is computed.</param>
    /// <param name="first">The first tensor.</param>
    /// <param name="second">The second; null for none.</param>
    /// <param name="y">The result.</param>
    /// <param name="config">The launch.</param>
    public static GpuChunkMapArguments<TMap> Prepare<TMap>(TMap map, TensorView first, TensorView? second, TensorView y, out KernelConfig config)
        where TMap : struct, IGpuElementMap
    {
        TensorDesc output = y.Desc;
        GpuLaunch.Require32Bits(output.ElementCount);
        int count = (int)(output.ElementCount / Lanes);
        config = GpuLaunch.OneThreadPer(count);
        return new GpuChunkMapArguments<TMap>
        {
            First = GpuTensor.BytesOf<GpuWord4>(first),
            Second = GpuTensor.BytesOf<GpuWord4>(second ?? first),
            Y = GpuTensor.BytesOf<GpuWord4>(y),
            Map = map,
            HasSecond = second is null ? 0 : 1,
            Channels = output.Shape.C,
            ChunksOfVoxel = output.ChannelPitch / Lanes,
            VoxelsPerSample = (int)output.Shape.Voxels,
            Count = count,
        };
    }

    /// <summary>The kernel body.</summary>
    public static void Run<TElement, TMap>(GpuChunkMapArguments<TMap> k)
        where TElement : struct, IGpuElement
        where TMap : struct, IGpuElementMap
    {
        int i = Grid.GlobalIndex.X;
        if (i >= k.Count)
            return;
        int c = i % k.ChunksOfVoxel * Lanes;
        int sample = i / k.ChunksOfVoxel / k.VoxelsPerSample;
        GpuWord4 first = k.First[i];
        GpuWord4 second = default;
        if (k.HasSecond != 0)
            second = k.Second[i];
        k.Y[i] = new GpuWord4
        {
            X = Pair<TElement, TMap>(k, sample, c, first.X, second.X),
            Y = Pair<TElement, TMap>(k, sample, c + 2, first.Y, second.Y),
            Z = Pair<TElement, TMap>(k, sample, c + 4, first.Z, second.Z),
            W = Pair<TElement, TMap>(k, sample, c + 6, first.W, second.W),
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Pair<TElement, TMap>(in GpuChunkMapArguments<TMap> k, int sample, int c, uint first, uint second)
        where TElement : struct, IGpuElement
        where TMap : struct, IGpuElementMap =>
        default(TElement).Pack(Value<TElement, TMap>(k, sample, c, first, second), Value<TElement, TMap>(k, sample, c + 1, first >> 16, second >> 16));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Value<TElement, TMap>(in GpuChunkMapArguments<TMap> k, int sample, int c, uint first, uint second)
        where TElement : struct, IGpuElement
        where TMap : struct, IGpuElementMap =>
        k.Map.Of(default(TElement).Unpack(first), default(TElement).Unpack(second), sample, c < k.Channels ? c : 0);
}
