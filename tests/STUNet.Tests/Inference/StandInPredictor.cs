using STUNet.Core;
using STUNet.Inference;
using STUNet.Model;

namespace STUNet.Tests.Inference;

/// <summary>
/// The golden set's stand-in network on a patch x [C, n0, n1, n2], in double: logit k = sum over c of A[k,c] x_c + sum over axes of B[k,axis] i/n +
/// sum over c of D[k,c] x_c(next voxel along x). Accumulates as the ops do; nothing is shared with them.
/// </summary>
internal sealed unsafe class StandInPredictor(int classes, int channels, Int3 patch, float[] a, float[] b, float[] d, Action? onPass = null, WindowValues values = WindowValues.Probabilities)
    : WindowPredictor
{
    private float[] _importance = [];

    public override void SetImportance(ReadOnlySpan<float> importance) => _importance = importance.ToArray();

    public override void Accumulate(in RunArguments arguments)
    {
        onPass?.Invoke();
        double[] results = new double[classes];
        for (int z = 0; z < patch.D; z++)
        {
            for (int y = 0; y < patch.H; y++)
            {
                for (int x = 0; x < patch.W; x++)
                {
                    Predict(arguments, new Int3(z, y, x), results);
                    Add(arguments, Flipped(arguments.Flip, new Int3(z, y, x)), results);
                }
            }
        }
    }

    public override void Dispose()
    {
    }

    private Int3 Flipped(FlipAxes flip, Int3 at) => Int3.From(axis => flip.HasFlag((FlipAxes)(1 << axis)) ? patch[axis] - 1 - at[axis] : at[axis]);

    private void Predict(in RunArguments arguments, Int3 at, double[] result)
    {
        for (int k = 0; k < classes; k++)
        {
            double logit = 0;
            for (int c = 0; c < channels; c++)
            {
                logit += a[(k * channels) + c] * (double)Source(arguments, c, at);
                logit += d[(k * channels) + c] * (double)Source(arguments, c, at with { W = Math.Min(at.W + 1, patch.W - 1) });
            }

            for (int axis = 0; axis < 3; axis++)
                logit += b[(k * 3) + axis] * (double)at[axis] / patch[axis];
            result[k] = logit;
        }

        if (values == WindowValues.Logits)
            return;
        double largest = result.Max();
        double sum = result.Sum(logit => Math.Exp(logit - largest));
        for (int k = 0; k < classes; k++)
            result[k] = Math.Exp(result[k] - largest) / sum;
    }

    private float Source(in RunArguments arguments, int channel, Int3 at)
    {
        Int3 inWindow = Flipped(arguments.Flip, at);
        Int3 origin = arguments.WindowOrigin;
        Int3 size = arguments.Source.Size;
        long index = ((((((long)channel * size.D) + origin.D + inWindow.D) * size.H) + origin.H + inWindow.H) * size.W) + origin.W + inWindow.W;
        return arguments.Source.Floats[index];
    }

    private void Add(in RunArguments arguments, Int3 at, double[] results)
    {
        Int3 size = arguments.Accumulator.Size;
        Int3 origin = arguments.WindowOrigin;
        float weight = arguments.Weight * _importance[(((at.D * patch.H) + at.H) * patch.W) + at.W];
        long voxel = ((((long)(origin.D + at.D) % size.D * size.H) + origin.H + at.H) * size.W) + origin.W + at.W;
        float* sums = arguments.Accumulator.Floats + (voxel * arguments.Accumulator.Channels);
        for (int k = 0; k < classes; k++)
            sums[k] += weight * (float)results[k];
        sums[classes] += weight;
    }
}
