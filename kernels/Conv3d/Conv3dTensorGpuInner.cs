using System.Runtime.CompilerServices;

namespace STUNet.Kernels;

/// <summary>
/// An inner index, tap * units + unit, taken apart once and then counted on: the distance of two indices is one too, and adding two carries at most one along each axis. A unit is a channel of both sources
/// together, or a chunk of them.
/// </summary>
internal struct Conv3dTensorInner
{
    /// <summary>The tap (z, y, x); past the last its z is the kernel's or more.</summary>
    public GpuInt3 Tap;

    /// <summary>The unit.</summary>
    public int Unit;

    /// <summary>Takes an index apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Conv3dTensorInner Of(GpuInt3 kernel, int units, int index) => new() { Tap = kernel.PositionOf(index / units), Unit = index % units };

    /// <summary>The bits of the tap; of one past the last <see cref="Conv3dTensorTaps.Nowhere"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int BitsIn(GpuInt3 kernel) => Tap.D < kernel.D ? Conv3dTensorTaps.BitsOf(Tap) : Conv3dTensorTaps.Nowhere;

    /// <summary>Goes on by a distance of so many taps (z, y, x) and units.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Advance(GpuInt3 kernel, int units, GpuInt3 taps, int more)
    {
        Unit += more;
        if (Unit >= units)
        {
            Unit -= units;
            Tap.W++;
        }

        Tap = kernel.Advance(Tap, taps);
    }
}
