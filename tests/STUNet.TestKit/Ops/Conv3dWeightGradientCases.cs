using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>Every kernel and stride on odd sizes, channels around vector widths, batch 2, two sources, upsampling. A sum over the output voxels of the batch.</summary>
public sealed class Conv3dWeightGradientCases : IOpCases
{
    private static readonly Int3 K333 = new(3, 3, 3);
    private static readonly Int3 S222 = new(2, 2, 2);

    /// <inheritdoc/>
    public Type OpType => typeof(Conv3dWeightGradientOp);

    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases
    {
        get
        {
            foreach (Int3 kernel in (Int3[])[Int3.One, K333, new(1, 3, 3), new(3, 1, 5)])
            {
                foreach (Int3 stride in (Int3[])[Int3.One, S222, new(1, 2, 2), new(1, 1, 2), new(2, 1, 1)])
                    yield return Case(2, 6, 18, new(5, 6, 7), kernel, stride);
            }

            // Strided rows of an even width, whose taps are added at once.
            foreach (int width in (int[])[2, 4, 6, 34])
            {
                yield return Case(2, 17, 33, new(3, 5, width), K333, S222);
                yield return Case(1, 9, 16, new(2, 3, width), new(1, 3, 3), new(1, 1, 2));
                yield return Case(1, 8, 40, new(2, 4, width), K333, new(1, 2, 2), second: 9);
            }

            yield return Case(1, 16, 17, new(3, 4, 3), K333, S222, second: 0, S222);
            foreach (int channels in (int[])[1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 65])
            {
                yield return Case(1, channels, 5, new(3, 4, 6), K333, Int3.One);
                yield return Case(1, 5, channels, new(3, 4, 6), K333, Int3.One);
                yield return Case(1, channels, 19, new(2, 3, 5), Int3.One, Int3.One);
            }

            foreach (int width in (int[])[1, 2, 3, 15, 16, 17, 63, 129])
            {
                yield return Case(1, 9, 17, new(2, 3, width), K333, Int3.One);
                yield return Case(1, 1, 17, new(2, 3, width), K333, Int3.One);
            }

            foreach ((Int3 factor, Int3 kernel) in ((Int3, Int3)[])[(Int3.One, K333), (S222, K333), (new(1, 1, 2), K333), (new(1, 2, 2), Int3.One)])
            {
                yield return Case(2, 5, 9, new(2, 3, 4), kernel, Int3.One, second: 7, factor);
                yield return Case(1, 17, 16, new(2, 3, 4), kernel, Int3.One, second: 16, factor);
            }

            yield return Case(1, 40, 70, new(24, 17, 9), K333, Int3.One); // several pieces of the voxels
            foreach (Int3 kernel in (Int3[])[Int3.One, K333, new(1, 3, 3), new(3, 1, 5)]) // blocks of weights enough to be shared out
            {
                foreach (Int3 stride in (Int3[])[Int3.One, S222, new(1, 1, 2), new(2, 1, 1)])
                    yield return Case(2, 70, 67, new(3, 4, 5), kernel, stride);
            }

            yield return Case(2, 70, 67, new(3, 4, 6), K333, S222); // of an even width
            yield return Case(1, 129, 16, new(1, 2, 1), K333, Int3.One);
            yield return Case(1, 129, 16, new(3, 2, 5), K333, S222);
            yield return Case(2, 69, 65, new(2, 3, 4), K333, Int3.One, second: 67, S222);
            yield return Case(2, 130, 33, new(3, 2, 5), new(3, 1, 5), Int3.One, second: 0, new(1, 1, 2));
            yield return Case(1, 32, 33, new(3, 2, 5), K333, Int3.One, second: 0, S222);
            yield return Case(2, 3, 17, new(3, 2, 5), K333, Int3.One, second: 0, S222);
            yield return Case(1, 32, 32, new(64, 64, 64), K333, Int3.One) with { IsBenchmark = true };
        }
    }

    /// <summary>One case.</summary>
    /// <param name="batch">Batch.</param>
    /// <param name="ic">Channels of the first source.</param>
    /// <param name="oc">Output channels.</param>
    /// <param name="size">Size of the first source (z, y, x).</param>
    /// <param name="kernel">Kernel (z, y, x).</param>
    /// <param name="stride">Stride (z, y, x).</param>
    /// <param name="second">Channels of the second source, 0 for none.</param>
    /// <param name="factor">Upsampling factor of the first source, null for none.</param>
    public static OpCase Case(int batch, int ic, int oc, Int3 size, Int3 kernel, Int3 stride, int second = 0, Int3? factor = null)
    {
        Conv3dWeightGradientOp op = new(kernel, stride, second > 0 ? 2 : 1, factor ?? Int3.One);
        Int3 whole = op.VirtualSize(size);
        Shape output = new(batch, oc, Int3.From(axis => ((whole[axis] - 1) / stride[axis]) + 1));
        List<TensorDesc> inputs = [new(new Shape(batch, ic, size))];
        if (second > 0)
            inputs.Add(new(new Shape(batch, second, whole)));
        inputs.Add(new(output));
        return new OpCase(op, inputs) { Terms = (int)(batch * output.Voxels) };
    }
}
