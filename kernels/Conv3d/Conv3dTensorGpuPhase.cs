using System.Runtime.CompilerServices;

namespace STUNet.Kernels;

/// <summary>
/// Of a convolution of stride s source voxel i = s * g + p, of phase p, is read by tap k where p + K / 2 - k is a multiple of s, and then for output
/// o = g + (p + K / 2 - k) / s. Along each axis these are neighbouring outputs, so a phase of the source's gradient is a convolution of the output's gradient, of
/// stride 1, with those taps. Stride 1 has one phase.
/// </summary>
internal struct Conv3dTensorPhase
{
    /// <summary>The phase p (z, y, x).</summary>
    public GpuInt3 Position;

    /// <summary>First output minus g.</summary>
    public GpuInt3 Begin;

    /// <summary>Taps; the first is that of the first output. Along an axis without any there is one that does not count, see <see cref="Count"/>.</summary>
    public GpuInt3 Taps;

    /// <summary>Number of taps; 0 where no output reads the phase.</summary>
    public int Count;

    /// <summary>Phase number <paramref name="index"/>, counted z, y, x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Conv3dTensorPhase Of(GpuInt3 kernel, GpuInt3 stride, int index)
    {
        GpuInt3 position = stride.PositionOf(index);
        GpuInt3 begin = new()
        {
            D = BeginOf(position.D, kernel.D, stride.D),
            H = BeginOf(position.H, kernel.H, stride.H),
            W = BeginOf(position.W, kernel.W, stride.W),
        };
        int d = TapsOf(position.D, kernel.D, stride.D, begin.D);
        int h = TapsOf(position.H, kernel.H, stride.H, begin.H);
        int w = TapsOf(position.W, kernel.W, stride.W, begin.W);
        return new Conv3dTensorPhase
        {
            Position = position,
            Begin = begin,
            Taps = new GpuInt3 { D = d > 0 ? d : 1, H = h > 0 ? h : 1, W = w > 0 ? w : 1 },
            Count = d * h * w,
        };
    }

    /// <summary>The place in the kernel, (kd * KH + kh) * KW + kw, of one of the taps, counted z, y, x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int TapAt(GpuInt3 kernel, GpuInt3 stride, int index)
    {
        GpuInt3 tap = Taps.PositionOf(index);
        return kernel.VoxelAt(
            Position.D + (kernel.D / 2) - ((Begin.D + tap.D) * stride.D),
            Position.H + (kernel.H / 2) - ((Begin.H + tap.H) * stride.H),
            Position.W + (kernel.W / 2) - ((Begin.W + tap.W) * stride.W));
    }

    // The last tap, K - 1, reads for the first output: (p + K / 2 - (K - 1)) / s rounded up; s is 1 or 2.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int BeginOf(int position, int kernel, int stride) => (position + (kernel / 2) - (kernel - 1) + stride - 1) >> (stride - 1);

    // Tap 0 reads for the last: (p + K / 2) / s rounded down. Of a kernel of 1 and stride 2 phase 1 has the outputs from 1 to 0: none.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int TapsOf(int position, int kernel, int stride, int begin) => ((position + (kernel / 2)) / stride) - begin + 1;
}

/// <summary>How the inner index of a data gradient is made up: phase after phase, in each tap after tap, of each the channels of the output's gradient.</summary>
internal struct Conv3dTensorPhases
{
    public GpuInt3 Kernel;
    public GpuInt3 Stride;

    /// <summary>Channels of the output's gradient.</summary>
    public int Channels;

    /// <summary>Elements that stay together, see <see cref="Conv3dTensorGpuPacking"/>, and such units of one tap.</summary>
    public int ElementsOfUnit;
    public int UnitsOfTap;
    public int ElementsOfStep;

    /// <summary>Steps of a phase with a number of taps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int StepsOf(int taps) => ((taps * UnitsOfTap * ElementsOfUnit) + ElementsOfStep - 1) / ElementsOfStep;

    /// <summary>Steps of all phases before one; of the number of phases, of all.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int StepsBefore(int phase)
    {
        int steps = 0;
        for (int before = 0; before < phase; before++)
            steps += StepsOf(Conv3dTensorPhase.Of(Kernel, Stride, before).Count);
        return steps;
    }
}
