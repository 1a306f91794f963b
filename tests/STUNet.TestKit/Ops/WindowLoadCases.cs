using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>A copy out of a larger volume, with all eight mirrorings.</summary>
public sealed class WindowLoadCases : IOpCases
{
    /// <inheritdoc/>
    public Type OpType => typeof(WindowLoadOp);

    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases
    {
        get
        {
            for (int flip = 0; flip < 8; flip++)
            {
                foreach (int channels in (int[])[1, 2, 5])
                {
                    yield return new OpCase(new WindowLoadOp(channels, new(3, 5, 7)), [])
                    {
                        Window = new WindowCase(new(2, 1, 3), (FlipAxes)flip, new(7, 9, 13), RingDepth: 3, channels, Weight: 1),
                    };
                }
            }

            yield return new OpCase(new WindowLoadOp(1, new(128, 128, 128)), [])
            {
                Window = new WindowCase(new(2, 1, 3), FlipAxes.None, new(140, 140, 140), RingDepth: 1, Channels: 1, Weight: 1),
                IsBenchmark = true,
            };
        }
    }
}
