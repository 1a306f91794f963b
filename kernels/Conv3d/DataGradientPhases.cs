using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// A strided convolution reads source voxel i = stride * g + phase by tap k where phase + kernel / 2 - k is a multiple of the stride, and then for output
/// g + (phase + kernel / 2 - k) / stride. So every phase of the source's gradient is a small convolution of the output's gradient with some of the taps;
/// each tap belongs to one phase.
/// </summary>
internal sealed class DataGradientPhases
{
    private readonly int[] _firstTap;

    public DataGradientPhases(Int3 kernel, Int3 stride)
    {
        Kernel = kernel;
        Stride = stride;
        List<Tap> taps = [];
        _firstTap = new int[Count + 1];
        for (int phase = 0; phase < Count; phase++)
        {
            taps.AddRange(TapsOf(PhaseAt(phase)));
            _firstTap[phase + 1] = taps.Count;
        }

        Taps = [.. taps];
        Before = Int3.From(axis => Math.Max(0, -Taps.Min(tap => tap.Offset[axis])));
        After = Int3.From(axis => Math.Max(0, Taps.Max(tap => tap.Offset[axis])));
    }

    /// <summary>A tap and where it reads the output's gradient.</summary>
    /// <param name="Index">Place in the kernel, (kd * KH + kh) * KW + kw.</param>
    /// <param name="Offset">Output minus g (z, y, x).</param>
    public readonly record struct Tap(int Index, Int3 Offset);

    public Int3 Kernel { get; }

    public Int3 Stride { get; }

    /// <summary>Number of phases.</summary>
    public int Count => (int)Stride.Product;

    /// <summary>All taps, phase by phase.</summary>
    public IReadOnlyList<Tap> Taps { get; }

    /// <summary>How far taps read before g.</summary>
    public Int3 Before { get; }

    /// <summary>How far taps read behind g.</summary>
    public Int3 After { get; }

    /// <summary>The phase (z, y, x) of a number.</summary>
    public Int3 PhaseAt(int phase) => Stride.PositionOf(phase);

    /// <summary>Index of a phase's first tap in <see cref="Taps"/>; of the number of phases the number of taps.</summary>
    public int FirstTap(int phase) => _firstTap[phase];

    private IEnumerable<Tap> TapsOf(Int3 phase)
    {
        for (int index = 0; index < Kernel.Product; index++)
        {
            Int3 k = Kernel.PositionOf(index);
            Int3 shift = Int3.From(axis => phase[axis] + (Kernel[axis] / 2) - k[axis]);
            if (shift.D % Stride.D == 0 && shift.H % Stride.H == 0 && shift.W % Stride.W == 0)
                yield return new Tap(index, Int3.From(axis => shift[axis] / Stride[axis]));
        }
    }
}
