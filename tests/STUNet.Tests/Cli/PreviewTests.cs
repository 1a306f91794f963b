using STUNet.Cli;
using STUNet.Core;
using STUNet.Imaging;

namespace STUNet.Tests.Cli;

public sealed class PreviewTests
{
    public static IEnumerable<TheoryDataRow<int, int, int, int>> AxisOrders() =>
        from first in Enumerable.Range(0, 3)
        from second in Enumerable.Range(0, 3)
        from third in Enumerable.Range(0, 3)
        where first != second && second != third && first != third
        from signs in Enumerable.Range(0, 8)
        select new TheoryDataRow<int, int, int, int>(first, second, third, signs);

    /// <summary>All 48 axis orders: the picture's axes grow to the left, to posterior and to inferior, whatever the file's do.</summary>
    [Theory]
    [MemberData(nameof(AxisOrders))]
    public void Index_AnyAxisOrder_GrowsToLeftPosteriorInferior(int i, int j, int k, int signs)
    {
        int[] anatomyOfFile = [i, j, k];
        double[] rows = new double[12];
        for (int file = 0; file < 3; file++)
            rows[(4 * anatomyOfFile[file]) + file] = ((signs >> file) & 1) == 0 ? 1.5 : -1.5;
        Int3 size = new(5, 4, 3);
        VolumeGeometry geometry = new(size, new Spacing(1.5, 1.5, 1.5), new Affine(rows));
        AnatomicalAxes axes = new(geometry);
        for (int anatomy = 0; anatomy < 3; anatomy++)
        {
            int[] from = [1, 1, 1];
            int[] to = [1, 1, 1];
            to[anatomy]++;
            double step = Ras(geometry, axes.Index(to))[anatomy] - Ras(geometry, axes.Index(from))[anatomy];
            // RAS grows to the right, anterior and superior: the picture's axes are the opposite ones.
            Assert.Equal(-1.5, step, 1e-12);
        }
    }

    [Fact]
    public void Choose_Structures_TakesTheSliceThatShowsMostOfThem()
    {
        VolumeGeometry geometry = new(new Int3(6, 5, 4), new Spacing(1, 1, 1));
        LabelVolume labels = new(geometry);
        // Label 1 fills much of slice z = 1; labels 2 and 3 are single voxels in slice z = 4.
        for (int index = 20; index < 32; index++)
            labels[index] = 1;
        labels[4, 2, 1] = 2;
        labels[4, 2, 2] = 3;
        AnatomicalAxes axes = new(geometry);
        int[] slices = SliceChooser.Choose(labels, axes);
        Assert.Equal(4, axes.Index([slices[0], slices[1], slices[2]]) / 20);
        Assert.Equal([2, 2, 3], SliceChooser.Choose(new LabelVolume(geometry), axes));
    }

    private static double[] Ras(VolumeGeometry geometry, int index)
    {
        int[] ijk = [index % geometry.Size.W, index / geometry.Size.W % geometry.Size.H, index / geometry.Size.W / geometry.Size.H];
        return [.. Enumerable.Range(0, 3).Select(row => Enumerable.Range(0, 3).Sum(column => geometry.Affine[row, column] * ijk[column]))];
    }
}
