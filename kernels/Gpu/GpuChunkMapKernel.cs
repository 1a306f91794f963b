using System.Runtime.CompilerServices;
using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="GpuChunkMapKernel{TOp, TElement, TMap}"/>'s body is told. Without a second tensor its view is the first's and is not read.</summary>
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
/// An op of binary16 or bfloat16 element by element, computed in float32 and rounded once. One thread computes 8 channels of one voxel, by one load of 16 bytes per tensor and one store: elements of
/// 2 bytes by themselves keep too few bytes under way to fill the memory, and each would cost its divisions. What lies between the channels and the pitch is written too, and means nothing.
/// </summary>
/// <typeparam name="TOp">The op.</typeparam>
/// <typeparam name="TElement">The element type.</typeparam>
/// <typeparam name="TMap">What is computed.</typeparam>
/// <param name="type">The element type.</param>
internal abstract class GpuChunkMapKernel<TOp, TElement, TMap>(DType type) : GpuKernel<TOp, GpuChunkMapArguments<TMap>>
    where TOp : Op
    where TElement : struct, IGpuElement
    where TMap : struct, IGpuElementMap
{
    private const int Lanes = 8;

    protected sealed override Action<GpuChunkMapArguments<TMap>> Body => Run;

    /// <summary>Whether operands have the element type and the same voxels in whole chunks.</summary>
    protected bool Fit(params ReadOnlySpan<TensorDesc> operands)
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
    protected static GpuChunkMapArguments<TMap> Prepare(TMap map, TensorView first, TensorView? second, TensorView y, out KernelConfig config)
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

    private static void Run(GpuChunkMapArguments<TMap> k)
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
            X = Pair(k, sample, c, first.X, second.X),
            Y = Pair(k, sample, c + 2, first.Y, second.Y),
            Z = Pair(k, sample, c + 4, first.Z, second.Z),
            W = Pair(k, sample, c + 6, first.W, second.W),
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Pair(in GpuChunkMapArguments<TMap> k, int sample, int c, uint first, uint second) =>
        default(TElement).Pack(Value(k, sample, c, first, second), Value(k, sample, c + 1, first >> 16, second >> 16));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Value(in GpuChunkMapArguments<TMap> k, int sample, int c, uint first, uint second) =>
        k.Map.Of(default(TElement).Unpack(first), default(TElement).Unpack(second), sample, c < k.Channels ? c : 0);
}
