using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>Every kernel and stride on odd sizes, channels around vector widths, batch 2. A sum over output channels and taps.</summary>
public sealed class Conv3dDataGradientCases : IOpCases
{
    /// <inheritdoc/>
    public Type OpType => typeof(Conv3dDataGradientOp);

    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases
    {
        get
        {
            foreach (Int3 kernel in (Int3[])[Int3.One, new(3, 3, 3), new(1, 3, 3), new(3, 1, 5)])
            {
                foreach (Int3 stride in (Int3[])[Int3.One, new(2, 2, 2), new(1, 2, 2), new(1, 1, 2), new(2, 1, 1)])
                    yield return Case(2, 6, 18, new(5, 6, 7), kernel, stride);
            }

            foreach (int channels in (int[])[1, 3, 15, 16, 17, 31, 33])
            {
                yield return Case(1, channels, 33, new(3, 4, 6), new(3, 3, 3), new(2, 2, 2));
                yield return Case(1, 33, channels, new(4, 3, 9), new(3, 3, 3), new(2, 2, 2));
                yield return Case(1, 33, channels, new(3, 3, 5), new(3, 3, 3), new(1, 2, 2));
            }

            foreach (int width in (int[])[1, 2, 3, 23, 24, 25, 63])
                yield return Case(1, 5, 16, new(2, 3, width), new(3, 3, 3), new(2, 2, 2));
            yield return Case(1, 8, 5, new(64, 91, 91), new(3, 3, 3), new(2, 2, 2)); // stored past the caches
            yield return Case(1, 32, 64, new(128, 128, 128), new(3, 3, 3), new(2, 2, 2)) with { IsBenchmark = true };
        }
    }

    /// <summary>One case.</summary>
    /// <param name="batch">Batch.</param>
    /// <param name="ic">Source channels.</param>
    /// <param name="oc">Output channels.</param>
    /// <param name="size">Size of the source (z, y, x).</param>
    /// <param name="kernel">Kernel (z, y, x).</param>
    /// <param name="stride">Stride (z, y, x).</param>
    public static OpCase Case(int batch, int ic, int oc, Int3 size, Int3 kernel, Int3 stride)
    {
        Int3 output = Int3.From(axis => ((size[axis] - 1) / stride[axis]) + 1);
        return new OpCase(new Conv3dDataGradientOp(kernel, stride, size), [new(new Shape(batch, oc, output)), new(new Shape(oc, ic, kernel), Layout.NCDHW)])
        {
            Parameters = [1],
            Terms = (int)(oc * kernel.Product),
        };
    }
}
