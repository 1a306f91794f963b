using STUNet.Core;
using STUNet.Imaging;
using STUNet.Inference;
using STUNet.Model;
using STUNet.Tests.Inference.Evaluation;

namespace STUNet.Tests.Inference.Postprocessing;

public sealed class KeepLargestTests
{
    [Fact]
    public void Apply_EqualSizes_KeepsAllOfThem()
    {
        LabelVolume labels = LabelMaps.Row(1, 1, 0, 1, 0, 1, 1, 2);
        ComponentSizes sizes = new KeepLargest(LabelOrRegion.Label(1), VoxelNeighbours.Faces).Apply(labels);
        Assert.Equal([1, 1, 0, 0, 0, 1, 1, 2], labels.As<byte>().ToArray());
        Assert.Equal(new ComponentSizes(2, 1), sizes);
    }

    [Fact]
    public void Apply_MinimumSize_IsInCubicMillimetres()
    {
        VolumeGeometry geometry = new(new Int3(1, 1, 8), new Spacing(2, 1, 1));
        LabelVolume labels = new(geometry, [1, 1, 1, 0, 1, 1, 0, 1]);
        ComponentSizes sizes = new KeepLargest(LabelOrRegion.Label(1), VoxelNeighbours.Faces, MinimumValidSize: 4).Apply(labels);
        Assert.Equal([1, 1, 1, 0, 1, 1, 0, 0], labels.As<byte>().ToArray());
        Assert.Equal(new ComponentSizes(6, 2), sizes);
    }

    [Fact]
    public void Apply_AbsentLabelOrBackground_DoesNothingOrIsRefused()
    {
        LabelVolume labels = LabelMaps.Row(1, 0, 1);
        Assert.Equal(default, new KeepLargest(LabelOrRegion.Label(7), VoxelNeighbours.All).Apply(labels));
        Assert.Throws<InvalidRequestException>(() => new KeepLargest(LabelOrRegion.Region(0, 1), VoxelNeighbours.All).Apply(labels));
        Assert.Equal([1, 0, 1], labels.As<byte>().ToArray());
    }

    [Theory]
    [InlineData(VoxelNeighbours.Faces, 0.3)]
    [InlineData(VoxelNeighbours.Faces, 0.6)]
    [InlineData(VoxelNeighbours.All, 0.1)]
    [InlineData(VoxelNeighbours.All, 0.4)]
    public void Apply_RandomMaps_EqualFloodFill(VoxelNeighbours neighbours, double share)
    {
        foreach (int bytes in (ReadOnlySpan<int>)[1, 2, 4])
        {
            for (int seed = 0; seed < 20; seed++)
            {
                Random random = new(seed);
                Int3 size = new(random.Next(1, 9), random.Next(1, 9), random.Next(1, 9));
                LabelVolume labels = new(new VolumeGeometry(size, new Spacing(1, 1, 1)), bytes switch { 1 => byte.MaxValue, 2 => ushort.MaxValue, _ => uint.MaxValue });
                for (int i = 0; i < size.Product; i++)
                    labels[i] = random.NextDouble() < share ? (uint)random.Next(1, 4) : 0;
                LabelOrRegion what = LabelOrRegion.Region(1, 3);
                uint[] expected = FloodFill(labels, what, neighbours);
                new KeepLargest(what, neighbours).Apply(labels);
                Assert.Equal(expected, Enumerable.Range(0, (int)size.Product).Select(i => labels[i]));
            }
        }
    }

    [Fact]
    public void DecideV2_OverlappingRegions_StartFromWhatWasTaken()
    {
        // The stray voxel of label 2 lies within both regions; once the first has removed it, there is nothing left for the second to gain.
        LabelVolume reference = LabelMaps.Row(1, 2, 2, 0, 0, 0);
        LabelVolume prediction = LabelMaps.Row(1, 2, 2, 0, 2, 0);
        using WorkerPool workers = new(1);
        PostprocessingChoiceV2 choice = PostprocessingChoiceV2.Decide(
            [LabelMaps.Case(prediction, reference)], [1, 2], new EvaluationOptions(NnunetVersion.V2, [LabelOrRegion.Region(1, 2), LabelOrRegion.Region(2)]), workers);
        Assert.Equal(["(1, 2)"], choice.Kept.Select(what => what.Key));
        Assert.Equal(1, choice.After.ForegroundMean["Dice"]);
    }

    private static uint[] FloodFill(LabelVolume labels, LabelOrRegion what, VoxelNeighbours neighbours)
    {
        Int3 size = labels.Size;
        int[] component = new int[size.Product];
        List<int> sizes = [0];
        for (int start = 0; start < component.Length; start++)
        {
            if (component[start] != 0 || !what.Contains(labels[start]))
                continue;
            Stack<int> open = new([start]);
            component[start] = sizes.Count;
            sizes.Add(0);
            while (open.TryPop(out int at))
            {
                sizes[^1]++;
                foreach (int next in Around(at).Where(next => component[next] == 0 && what.Contains(labels[next])))
                {
                    component[next] = sizes.Count - 1;
                    open.Push(next);
                }
            }
        }

        return [.. Enumerable.Range(0, component.Length).Select(i => component[i] != 0 && sizes[component[i]] != sizes.Max() ? 0 : labels[i])];

        IEnumerable<int> Around(int at)
        {
            (int z, int y, int x) = (at / (size.H * size.W), at / size.W % size.H, at % size.W);
            for (int dz = -1; dz <= 1; dz++)
            {
                for (int dy = -1; dy <= 1; dy++)
                {
                    for (int dx = -1; dx <= 1; dx++)
                    {
                        bool touches = neighbours == VoxelNeighbours.All || Math.Abs(dz) + Math.Abs(dy) + Math.Abs(dx) == 1;
                        if (touches && z + dz >= 0 && z + dz < size.D && y + dy >= 0 && y + dy < size.H && x + dx >= 0 && x + dx < size.W)
                            yield return ((((z + dz) * size.H) + y + dy) * size.W) + x + dx;
                    }
                }
            }
        }
    }
}
