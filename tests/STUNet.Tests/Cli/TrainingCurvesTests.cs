using SkiaSharp;
using STUNet.Cli;
using STUNet.TestKit;
using STUNet.Training;

namespace STUNet.Tests.Cli;

public sealed class TrainingCurvesTests
{
    private static readonly SKColor Validation = new(255, 166, 77);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(60)]
    public void Draw_AnyNumberOfEpochs_HasThreePanels(int epochs)
    {
        using SKBitmap picture = TrainingCurves.Draw([.. Enumerable.Range(0, epochs).Select(epoch => Record(epoch, Math.Exp(-epoch / 20.0)))]);
        Assert.Equal((1200, 840), (picture.Width, picture.Height));
        Assert.Equal(epochs > 0, Validated(picture, 85, 1170) > 0);
    }

    [Fact]
    public void Draw_EpochsWithoutANumber_LeaveAGap()
    {
        // The middle third of the epochs has no validation loss.
        using SKBitmap picture = TrainingCurves.Draw([.. Enumerable.Range(0, 61).Select(epoch => Record(epoch, epoch is > 20 and < 40 ? double.NaN : 0.5))]);
        Assert.Equal(0, Validated(picture, 500, 700));
        Assert.True(Validated(picture, 100, 400) > 0);
    }

    [Fact]
    public void Write_Picture_IsPng()
    {
        using TemporaryFolder folder = new();
        TrainingCurves.Write(folder[TrainingCurves.FileName], [Record(0, 1)]);
        using SKBitmap read = SKBitmap.Decode(folder[TrainingCurves.FileName]);
        Assert.Equal(1200, read.Width);
    }

    private static EpochRecord Record(int epoch, double validation) => new(
        epoch, 0.01 * Math.Pow(1 - epoch / 61.0, 0.9), Math.Exp(-epoch / 15.0), validation, [0.5], 1 - Math.Exp(-epoch / 10.0), 1 - Math.Exp(-epoch / 20.0), default);

    /// <summary>Pixels of validation's colour in the plot of the losses, between two columns.</summary>
    private static int Validated(SKBitmap picture, int from, int to) =>
        Enumerable.Range(45, 195).Sum(y => Enumerable.Range(from, to - from).Count(x => picture.GetPixel(x, y) == Validation));
}
