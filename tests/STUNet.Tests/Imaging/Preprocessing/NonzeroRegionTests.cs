using STUNet.Core;
using STUNet.Imaging.Preprocessing;

namespace STUNet.Tests.Imaging.Preprocessing;

public sealed class NonzeroRegionTests
{
    [Fact]
    public void Find_RandomMasks_EqualsFillingVoxelByVoxel()
    {
        Random random = new(20230413);
        using WorkerPool one = new(1);
        using WorkerPool three = new(3);
        for (int round = 0; round < 60; round++)
        {
            Int3 size = new(random.Next(1, 9), random.Next(1, 9), random.Next(1, 9));
            double density = random.NextDouble();
            float[] image = [.. Enumerable.Range(0, (int)size.Product).Select(_ => random.NextDouble() < density ? 1f : 0f)];
            byte[] expected = FillHoles(image, size);
            Assert.Equal(expected, NonzeroRegion.Find([image], size, one).Mask.ToArray());
            Assert.Equal(expected, NonzeroRegion.Find([image], size, three).Mask.ToArray());
        }
    }

    [Fact]
    public void Find_ClosedShellWithADiagonalGap_FillsThroughFacesOnly()
    {
        // A 3x3x3 cube with its centre and one corner empty: the corner touches the centre by a vertex, not by a face, so the centre stays a hole.
        float[] image = [.. Enumerable.Repeat(1f, 27)];
        image[13] = image[0] = 0;
        byte[] mask = NonzeroRegion.Find([image], new Int3(3, 3, 3), new WorkerPool(1)).Mask.ToArray();
        Assert.Equal(1, mask[13]);
        Assert.Equal(0, mask[0]);
    }

    [Fact]
    public void Find_SecondChannelAndNaN_BothCount()
    {
        float[] first = new float[24];
        float[] second = new float[24];
        first[9] = float.NaN;
        second[14] = -1;
        CropBox box = NonzeroRegion.Find([first, second], new Int3(2, 3, 4), new WorkerPool(1)).RequireBox();
        Assert.Equal(new CropBox(new Int3(0, 0, 1), new Int3(2, 3, 2)), box);
    }

    [Fact]
    public void RequireBox_ImageOfZeros_IsRefusedInOneSentence()
    {
        NonzeroRegion region = NonzeroRegion.Find([new float[8]], new Int3(2, 2, 2), new WorkerPool(1));
        Assert.Null(region.Box);
        Assert.Equal(new CropBox(default, new Int3(2, 2, 2)), region.BoxOrWhole);
        Assert.Contains("0", Assert.Throws<InvalidRequestException>(() => region.RequireBox()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MarkOutside_LabelsOutsideTheRegion_KeepTheirValue()
    {
        float[] image = [0, 5, 0, 0];
        NonzeroRegion region = NonzeroRegion.Find([image], new Int3(1, 1, 4), new WorkerPool(1));
        short[] labels = [0, 0, 3, 0];
        region.MarkOutside(labels, region.BoxOrWhole with { Start = default, Size = new Int3(1, 1, 4) });
        Assert.Equal<short>([-1, 0, 3, -1], labels);
    }

    /// <summary>Repeats "a zero on the border, or beside an outside zero, is outside" until nothing changes.</summary>
    private static byte[] FillHoles(float[] image, Int3 size)
    {
        bool[] outside = new bool[image.Length];
        bool changed = true;
        while (changed)
        {
            changed = false;
            for (int i = 0; i < image.Length; i++)
            {
                int z = i / (size.H * size.W);
                int y = i / size.W % size.H;
                int x = i % size.W;
                bool border = z == 0 || y == 0 || x == 0 || z == size.D - 1 || y == size.H - 1 || x == size.W - 1;
                if (image[i] != 0 || outside[i] || !(border || Neighbours(i, size).Any(neighbour => outside[neighbour])))
                    continue;
                outside[i] = changed = true;
            }
        }

        return [.. outside.Select(isOutside => (byte)(isOutside ? 0 : 1))];
    }

    /// <summary>The six neighbours of a voxel that is not on the border.</summary>
    private static int[] Neighbours(int i, Int3 size) => [i - 1, i + 1, i - size.W, i + size.W, i - (size.H * size.W), i + (size.H * size.W)];
}
