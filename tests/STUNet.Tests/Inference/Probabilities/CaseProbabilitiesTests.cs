using STUNet.Core;
using STUNet.Imaging;
using STUNet.Imaging.Preprocessing;
using STUNet.Inference;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.TestKit.Ops;

namespace STUNet.Tests.Inference;

/// <summary>Rows of the export grid in, nnU-Net's array out: every value at its place.</summary>
public sealed unsafe class CaseProbabilitiesTests
{
    private const int Classes = 3;
    private static readonly Int3 Image = new(6, 9, 7);
    private static readonly CropBox Box = new(new Int3(1, 2, 0), new Int3(4, 5, 6));

    public static TheoryData<int[], int> Cases => new(
        from forward in (int[][])[[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
        from slab in (int[])[1, 2 * 5 * 6, CaseProbabilities.SlabElements]
        select new TheoryDataRow<int[], int>(forward, slab));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Write_AnyTransposeAndSlab_EveryValueIsAtItsPlace(int[] forward, int slab)
    {
        AssertWritten(NnunetVersion.V1, new(), false, forward, slab);
        AssertWritten(NnunetVersion.V2, new(), false, forward, slab);
        AssertWritten(NnunetVersion.V2, new(), true, forward, slab);
        AssertWritten(NnunetVersion.V2, new() { HalfPrecisionSums = true }, false, forward, slab);
    }

    private static void AssertWritten(NnunetVersion version, SegmenterOptions options, bool areRegions, int[] forward, int slab)
    {
        using TemporaryFolder folder = new();
        ModelManifest manifest = SegmenterCases.Manifest(forward: [.. forward], version: version);
        CaseGeometry geometry = new(manifest, new VolumeGeometry(Image, new Spacing(1, 1, 1)), Box);
        Int3 size = geometry.CroppedInNetworkOrder;
        float[] values = OpCase.Uniform((int)size.Product * Classes, "probabilities");
        using WorkerPool workers = new(2);
        using (CaseProbabilities probabilities = CaseProbabilities.Open(folder["case.npz"], InferenceRules.Of(manifest, options), Classes, areRegions, geometry, slab))
        {
            LabelRows labels = new();
            probabilities.Gather(labels, rows => Feed(rows, size, values, workers));
            Assert.Equal(size.Product, labels.Voxels);
            Assert.Equal(size.D, labels.Slices);
            probabilities.Write(workers, CancellationToken.None);
        }

        Assert.Equal(["case.npz", "case.pkl"], Directory.GetFiles(folder[""]).Select(Path.GetFileName).Order());
        NumpyFile read = NumpyFile.Read(folder["case.npz"]);
        bool isFirst = version == NnunetVersion.V1;
        Int3 whole = isFirst ? Box.Size : Image;
        Int3 start = isFirst ? default : Box.Start;
        Assert.Equal((isFirst ? "softmax" : "probabilities", isFirst ? "<f2" : "<f4"), (read.Name, read.Type));
        Assert.Equal([Classes, whole.D, whole.H, whole.W], read.Shape);
        for (int i = 0; i < whole.Product; i++)
        {
            Int3 at = whole.PositionOf(i);
            Int3 inBox = new(at.D - start.D, at.H - start.H, at.W - start.W);
            bool isInside = Enumerable.Range(0, 3).All(axis => inBox[axis] >= 0 && inBox[axis] < Box.Size[axis]);
            Int3 inNetwork = Int3.From(axis => inBox[forward[axis]]);
            double[] expected = isInside
                ? Expected(values.AsSpan((int)((((inNetwork.D * size.H) + inNetwork.H) * size.W) + inNetwork.W) * Classes, Classes).ToArray(), version, options, areRegions)
                : [areRegions ? 0 : 1, 0, 0];
            for (int k = 0; k < Classes; k++)
                Assert.Equal(isFirst ? (float)(Half)expected[k] : (float)expected[k], read.Values[(k * whole.Product) + i]);
        }
    }

    private static double[] Expected(float[] values, NnunetVersion version, SegmenterOptions options, bool areRegions)
    {
        if (version == NnunetVersion.V1)
            return Array.ConvertAll(values, value => (double)value);
        double[] logits = Array.ConvertAll(values, value => options.HalfPrecisionSums ? (double)(Half)value : value);
        if (areRegions)
            return Array.ConvertAll(logits, logit => 1 / (1 + Math.Exp(-logit)));
        double sum = logits.Sum(logit => Math.Exp(logit - logits.Max()));
        return Array.ConvertAll(logits, logit => Math.Exp(logit - logits.Max()) / sum);
    }

    // Odd pieces, so that blocks and rows end anywhere.
    private static void Feed(IRowConsumer rows, Int3 size, float[] values, WorkerPool workers)
    {
        int pitch = AccumulatorRing.PitchOf(Classes);
        for (int z = 0; z < size.D; z++)
        {
            int slice = z;
            workers.Run(size.H, y =>
            {
                float[] row = new float[size.W * pitch];
                for (int x = 0; x < size.W; x++)
                    values.AsSpan(((((slice * size.H) + y) * size.W) + x) * Classes, Classes).CopyTo(row.AsSpan(x * pitch));
                int first = Math.Min(3, size.W);
                fixed (float* voxels = row)
                {
                    rows.Accept(slice, y, 0, first, voxels);
                    rows.Accept(slice, y, first, size.W - first, voxels + (first * pitch));
                }
            });
            rows.EndSlice(z);
        }
    }

    private sealed class LabelRows : IRowConsumer
    {
        private int _voxels;

        public long Voxels => _voxels;

        public int Slices { get; private set; }

        public void Accept(int z, int y, int x, int count, float* voxels) => Interlocked.Add(ref _voxels, count);

        public void EndSlice(int z) => Slices++;
    }
}
