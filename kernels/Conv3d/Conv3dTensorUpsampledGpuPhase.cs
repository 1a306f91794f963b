using System.Runtime.CompilerServices;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Along an axis of upsampling factor f, output o = f * g + p, of phase p, reads by tap t of a kernel of K what lies at o + t - K / 2 of the upsampled source, which is its voxel
/// floor((f * g + p + t - K / 2) / f) = g + floor((p + t - K / 2) / f). So neighbouring taps read the same voxel, and a phase is a convolution of the source as it lies, of stride 1, whose taps are sums of the kernel's: of 3 taps
/// and a factor of 2 two, 8 instead of 27 in space. A voxel outside of the source is one outside of the upsampled source.
/// </summary>
internal struct Conv3dTensorUpsampledPhase
{
    /// <summary>The phase p (z, y, x).</summary>
    public GpuInt3 Position;

    /// <summary>First voxel read minus g.</summary>
    public GpuInt3 Begin;

    /// <summary>Number of voxels read.</summary>
    public GpuInt3 Taps;

    /// <summary>Phase number <paramref name="index"/>, counted z, y, x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Conv3dTensorUpsampledPhase Of(GpuInt3 kernel, GpuInt3 factor, int index)
    {
        GpuInt3 position = factor.PositionOf(index);
        GpuInt3 begin = new()
        {
            D = VoxelOf(position.D, 0, kernel.D, factor.D),
            H = VoxelOf(position.H, 0, kernel.H, factor.H),
            W = VoxelOf(position.W, 0, kernel.W, factor.W),
        };
        return new Conv3dTensorUpsampledPhase
        {
            Position = position,
            Begin = begin,
            Taps = new GpuInt3
            {
                D = VoxelOf(position.D, kernel.D - 1, kernel.D, factor.D) - begin.D + 1,
                H = VoxelOf(position.H, kernel.H - 1, kernel.H, factor.H) - begin.H + 1,
                W = VoxelOf(position.W, kernel.W - 1, kernel.W, factor.W) - begin.W + 1,
            },
        };
    }

    /// <summary>The voxel that a tap reads, minus g. The dividend is made positive, so that the quotient is rounded down.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int VoxelOf(int position, int tap, int kernel, int factor) => ((position + tap - (kernel / 2) + (kernel * factor)) / factor) - kernel;
}

/// <summary>
/// How the inner index of a convolution of an upsampled source is made up: phase after phase that source's taps, of each its chunks of channels, filled up to the steps of the longest phase; at last the other source's, which are the
/// same for every phase.
/// </summary>
internal struct Conv3dTensorUpsampledPhases
{
    public GpuInt3 Kernel;
    public GpuInt3 Factor;

    /// <summary>Phases.</summary>
    public int Count;

    /// <summary>Chunks of one tap in the upsampled source, and in the other.</summary>
    public int FirstChunks;
    public int SecondChunks;

    /// <summary>Steps of the upsampled source in every phase.</summary>
    public int StepsOfPhase;

    /// <summary>Steps of the other source.</summary>
    public int StepsBeside;

    /// <summary>Of a weight.</summary>
    /// <param name="precision">What is multiplied.</param>
    /// <param name="weight">The weight (OC, IC, KD, KH, KW).</param>
    /// <param name="firstChannels">Channels of the upsampled source.</param>
    /// <param name="factor">Its upsampling.</param>
    public static Conv3dTensorUpsampledPhases Of(Precision precision, Shape weight, int firstChannels, Int3 factor)
    {
        int unit = Conv3dTensorGpuPacking.ElementsOfUnit(precision.Activations(), isGathered: false);
        GpuInt3 kernel = GpuInt3.From(weight.Size);
        GpuInt3 factors = GpuInt3.From(factor);
        int phases = (int)factor.Product;
        int most = Enumerable.Range(0, phases).Max(phase => Conv3dTensorUpsampledPhase.Of(kernel, factors, phase).Taps.Volume);
        int firstChunks = Conv3dTensorGpuPacking.Units(firstChannels, unit);
        int secondChunks = Conv3dTensorGpuPacking.Units(weight.C - firstChannels, unit);
        return new Conv3dTensorUpsampledPhases
        {
            Kernel = kernel,
            Factor = factors,
            Count = phases,
            FirstChunks = firstChunks,
            SecondChunks = secondChunks,
            StepsOfPhase = StepsOf(most * firstChunks),
            StepsBeside = StepsOf((int)weight.Voxels * secondChunks),
        };
    }

    private static int StepsOf(int chunks) => (chunks + GpuTileMemory.RowChunks - 1) / GpuTileMemory.RowChunks;
}
