using STUNet.Core;
using STUNet.Engine;
using STUNet.Inference;
using STUNet.Model;

namespace STUNet.Tests.Inference;

/// <summary>
/// What streaming must equal: whole arrays of classes x volume in double, on the network's grid and on the image's. Only logits of single windows
/// come from the engine; windows, softmax, weights, interpolation and labels are plain loops of its own.
/// </summary>
internal sealed unsafe class UnstreamedReference(ModelManifest manifest, IReadOnlyList<IParameterSource> folds, double step, bool mirroring)
{
    private readonly int _classes = manifest.Architecture.Classes;

    /// <summary>Probabilities (v1) or logits (v2) on the grid of the crop box, network order, [class, z, y, x].</summary>
    public double[] Means(PreprocessedCase volume)
    {
        Int3 padded = volume.Grid.Padded;
        double[] sums = new double[_classes * padded.Product];
        double[] weights = new double[padded.Product];
        float[] importance = InferenceRules.Of(manifest).Importance(volume.Grid);
        foreach (IParameterSource fold in folds)
            AddFold(volume, fold, importance, sums, weights);
        Int3 size = volume.Grid.Volume;
        double[] network = new double[_classes * size.Product];
        for (int k = 0; k < _classes; k++)
        {
            ForEach(size, at =>
            {
                long from = Index(padded, Sum(at, volume.Grid.Before));
                network[(k * size.Product) + Index(size, at)] = sums[(k * padded.Product) + from] / weights[from];
            });
        }

        Int3 target = volume.Geometry.CroppedInNetworkOrder;
        for (int axis = 0; axis < 3 && volume.Geometry.NetworkSize != target; axis++)
        {
            bool nearest = volume.Geometry.ExportSeparateAxis == manifest.TransposeForward[axis];
            int a = axis;
            Int3 next = Int3.From(other => other == a ? target[a] : size[other]);
            network = AlongAxis(network, size, next, axis, nearest);
            size = next;
        }

        return network;
    }

    private static void ForEach(Int3 size, Action<Int3> body)
    {
        for (int z = 0; z < size.D; z++)
        {
            for (int y = 0; y < size.H; y++)
            {
                for (int x = 0; x < size.W; x++)
                    body(new Int3(z, y, x));
            }
        }
    }

    private static long Index(Int3 size, Int3 at) => ((((long)at.D * size.H) + at.H) * size.W) + at.W;

    private static Int3 Sum(Int3 a, Int3 b) => new(a.D + b.D, a.H + b.H, a.W + b.W);

    private double[] AlongAxis(double[] values, Int3 size, Int3 next, int axis, bool nearest)
    {
        double[] result = new double[_classes * next.Product];
        double scale = (double)size[axis] / next[axis];
        for (int k = 0; k < _classes; k++)
        {
            ForEach(next, at =>
            {
                double x = Math.Clamp(((at[axis] + 0.5) * scale) - 0.5, 0, size[axis] - 1);
                int lower = nearest ? (int)Math.Floor(x + 0.5) : (int)Math.Floor(x);
                int upper = Math.Min(lower + 1, size[axis] - 1);
                double t = nearest ? 0 : x - lower;
                double At(int i) => values[(k * size.Product) + Index(size, Int3.From(other => other == axis ? i : at[other]))];
                result[(k * next.Product) + Index(next, at)] = ((1 - t) * At(lower)) + (t * At(upper));
            });
        }

        return result;
    }

    private void AddFold(PreprocessedCase volume, IParameterSource fold, float[] importance, double[] sums, double[] weights)
    {
        Int3 patch = manifest.PatchSize;
        Tape tape = new();
        Value input = tape.Input("window", new TensorDesc(new Shape(1, manifest.Channels.Length, patch), Layout.NDHWC));
        tape.Output("logits", StuNet.Forward(tape, manifest.Architecture, input)[0]);
        using CpuDevice device = new(1);
        using CompiledModel model = new(device, fold);
        using Plan plan = model.CreatePlan(tape, new PlanOptions { Rewrites = [] });
        int[] mirrored = mirroring ? [.. manifest.MirrorAxes] : [];
        foreach (int z in Starts(volume.Grid.Padded.D, patch.D))
        {
            foreach (int y in Starts(volume.Grid.Padded.H, patch.H))
            {
                foreach (int x in Starts(volume.Grid.Padded.W, patch.W))
                {
                    for (int subset = 0; subset < 1 << mirrored.Length; subset++)
                    {
                        int[] flips = [.. mirrored.Where((_, i) => (subset >> i & 1) == 1)];
                        AddWindow(volume, plan, new Int3(z, y, x), flips, importance, sums, weights);
                    }
                }
            }
        }
    }

    private IEnumerable<int> Starts(int size, int patch)
    {
        int count = (int)Math.Ceiling((size - patch) / (patch * step)) + 1;
        return Enumerable.Range(0, count).Select(i => count == 1 ? 0 : (int)Math.Round((double)(size - patch) / (count - 1) * i, MidpointRounding.ToEven));
    }

    private void AddWindow(PreprocessedCase volume, Plan plan, Int3 origin, int[] flips, float[] importance, double[] sums, double[] weights)
    {
        Int3 patch = manifest.PatchSize;
        Int3 padded = volume.Grid.Padded;
        float* source = (float*)volume.Voxels.Pointer;
        TensorView input = plan.View("window");
        Int3 Flip(Int3 at) => Int3.From(axis => flips.Contains(axis) ? patch[axis] - 1 - at[axis] : at[axis]);
        ForEach(patch, at =>
        {
            for (int c = 0; c < manifest.Channels.Length; c++)
                input.Floats[(Index(patch, at) * input.Desc.ChannelPitch) + c] = source[(c * padded.Product) + Index(padded, Sum(origin, Flip(at)))];
        });
        plan.Run().Wait();
        TensorView logits = plan.View("logits");
        ForEach(patch, at =>
        {
            float* values = logits.Floats + (Index(patch, at) * logits.Desc.ChannelPitch);
            double[] added = [.. Enumerable.Range(0, _classes).Select(k => (double)values[k])];
            if (manifest.Nnunet == NnunetVersion.V1)
            {
                double total = added.Sum(logit => Math.Exp(logit - added.Max()));
                added = [.. added.Select(logit => Math.Exp(logit - added.Max()) / total)];
            }

            double g = importance[Index(patch, Flip(at))];
            long voxel = Index(padded, Sum(origin, Flip(at)));
            for (int k = 0; k < _classes; k++)
                sums[(k * padded.Product) + voxel] += g * added[k];
            weights[voxel] += g;
        });
    }
}
