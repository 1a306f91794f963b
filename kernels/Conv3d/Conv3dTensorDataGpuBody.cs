using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;

namespace STUNet.Kernels;

/// <summary>What the bodies of the data gradient by tiles are told.</summary>
internal struct Conv3dTensorDataArguments
{
    /// <summary>
    /// The convolution of the output's gradient, but for what differs from phase to phase: taps, first voxel of the window, sizes and place of the output, steps. Its tiles
    /// are those of the largest phase.
    /// </summary>
    public Conv3dTensorArguments Convolution;
    public Conv3dTensorPhases Phases;

    /// <summary>Size of the source's gradient.</summary>
    public GpuInt3 Size;
    public int PhaseCount;

    /// <summary>Tiles of one phase, parts included.</summary>
    public int TilesOfPhase;
}

/// <summary>
/// dx[n, i, ic] = sum over k and oc with i = o * stride + k - kernel / 2 of w[oc, ic, k] * dy[n, o, oc], phase by phase: each is a convolution of stride 1
/// (<see cref="Conv3dTensorPhase"/>), computed by the forward pass's tiles, whose rows are the phase's voxels. No product is made with a zero that a stride would put
/// between the outputs. Weight packed by <see cref="Conv3dTensorDataGpuPacking"/>. One launch for all phases, those with the most taps first; a phase that no output
/// reads is stored as zeros.
/// </summary>
internal static class Conv3dTensorDataGpuBody
{
    /// <summary>The kernel body for gradients whose voxels begin at multiples of 16 bytes.</summary>
    public static void Convolve<TBlock, TWarp, TElement, TLoads>(Conv3dTensorDataArguments k)
        where TBlock : struct, IGpuBlockTile
        where TWarp : struct, IGpuWarpTile
        where TElement : struct, IGpuElement
        where TLoads : struct, IGpuTileLoads =>
        Conv3dTensorGpuBody.ConvolveTile<TBlock, TWarp, TElement, TLoads, Conv3dTensorRow>(PhaseOf(k), Grid.IdxX % k.TilesOfPhase);

    /// <summary>The kernel body for others, whose elements are loaded one by one.</summary>
    public static void ConvolveGathered<TBlock, TWarp, TElement, TLoads>(Conv3dTensorDataArguments k)
        where TBlock : struct, IGpuBlockTile
        where TWarp : struct, IGpuWarpTile
        where TElement : struct, IGpuElement
        where TLoads : struct, IGpuTileLoads =>
        Conv3dTensorGpuGather.ConvolveTile<TBlock, TWarp, TElement, TLoads, Conv3dTensorRow>(PhaseOf(k), Grid.IdxX % k.TilesOfPhase);

    // The convolution of this group's phase.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Conv3dTensorArguments PhaseOf(in Conv3dTensorDataArguments k)
    {
        int number = k.PhaseCount - 1 - (Grid.IdxX / k.TilesOfPhase);
        Conv3dTensorPhase phase = Conv3dTensorPhase.Of(k.Phases.Kernel, k.Phases.Stride, number);
        int d = VoxelsOf(k.Size.D, phase.Position.D, k.Phases.Stride.D);
        int h = VoxelsOf(k.Size.H, phase.Position.H, k.Phases.Stride.H);
        int w = VoxelsOf(k.Size.W, phase.Position.W, k.Phases.Stride.W);
        Conv3dTensorArguments convolution = k.Convolution;
        convolution.Kernel = phase.Taps;
        convolution.Begin = phase.Begin;
        // At least 1, since positions are found by division.
        convolution.OutputSize = new GpuInt3 { D = XMath.Max(d, 1), H = XMath.Max(h, 1), W = XMath.Max(w, 1) };
        convolution.Output.Voxels = d * h * w;
        convolution.Output.Phase = phase.Position;
        convolution.Steps = k.Phases.StepsOf(phase.Count);
        convolution.FirstWeightStep = k.Phases.StepsBefore(number);
        return convolution;
    }

    // Voxels p, p + s, ... of an axis.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int VoxelsOf(int size, int position, int stride) => (size - position + stride - 1) / stride;
}
