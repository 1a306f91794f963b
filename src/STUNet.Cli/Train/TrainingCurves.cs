using System.Globalization;
using SkiaSharp;
using STUNet.Core;
using STUNet.Training;

namespace STUNet.Cli;

/// <summary>A picture of a training, <c>progress.png</c>: losses, pseudo Dice and learning rate over the epochs.</summary>
internal static class TrainingCurves
{
    /// <summary>Name of the file in the fold's folder.</summary>
    public const string FileName = "progress.png";

    private const int Width = 1200;
    private const int PanelHeight = 280;
    private const int Left = 90;
    private const int Right = 24;
    private const int Top = 40;
    private const int Bottom = 36;
    private const int Ticks = 4;
    private static readonly SKColor Background = new(18, 18, 20);
    private static readonly SKColor Ink = new(232, 232, 232);
    private static readonly SKColor Grid = new(58, 58, 62);
    private static readonly SKColor[] Colors = [new(86, 156, 255), new(255, 166, 77)];

    /// <summary>Draws the picture and writes it as PNG, under a temporary name first.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="epochs">The epochs.</param>
    public static void Write(string path, IReadOnlyList<EpochRecord> epochs)
    {
        using SKBitmap picture = Draw(epochs);
        using SKData png = picture.Encode(SKEncodedImageFormat.Png, 100);
        AtomicFile.Write(path, stream => png.SaveTo(stream));
    }

    internal static SKBitmap Draw(IReadOnlyList<EpochRecord> epochs)
    {
        EpochPanel[] panels = [EpochPanel.Loss, EpochPanel.Dice, EpochPanel.LearningRate];
        SKBitmap picture = new(Width, panels.Length * PanelHeight, SKColorType.Rgba8888, SKAlphaType.Opaque);
        using SKCanvas canvas = new(picture);
        using SKTypeface typeface = PreviewImage.LoadFont();
        using SKFont font = new(typeface, 15) { Edging = SKFontEdging.Antialias };
        canvas.Clear(Background);
        for (int i = 0; i < panels.Length; i++)
        {
            SKRect area = new(Left, i * PanelHeight + Top, Width - Right, (i + 1) * PanelHeight - Bottom);
            Panel(canvas, font, area, panels[i], epochs);
        }

        return picture;
    }

    private static void Panel(SKCanvas canvas, SKFont font, SKRect area, EpochPanel panel, IReadOnlyList<EpochRecord> epochs)
    {
        double[] values = [.. panel.Curves.SelectMany(curve => epochs.Select(curve.Value)).Where(double.IsFinite)];
        (double low, double high) = values.Length == 0 ? (0, 1) : (values.Min(), values.Max());
        if (high - low < 1e-9)
            (low, high) = (low - 0.5, high + 0.5);
        int last = Math.Max(1, epochs.Count - 1);
        float X(double epoch) => (float)(area.Left + area.Width * epoch / last);
        float Y(double value) => (float)(area.Bottom - area.Height * (value - low) / (high - low));

        using SKPaint grid = new() { Color = Grid };
        using SKPaint ink = new() { Color = Ink, IsAntialias = true };
        for (int tick = 0; tick <= Ticks; tick++)
        {
            double value = low + (high - low) * tick / Ticks;
            canvas.DrawLine(area.Left, Y(value), area.Right, Y(value), grid);
            canvas.DrawText(value.ToString("G3", CultureInfo.InvariantCulture), area.Left - 8, Y(value) + 5, SKTextAlign.Right, font, ink);
            string epoch = Math.Round(last * (double)tick / Ticks, 1).ToString(CultureInfo.InvariantCulture);
            canvas.DrawText(epoch, X(last * (double)tick / Ticks), area.Bottom + 20, SKTextAlign.Center, font, ink);
        }

        canvas.DrawText(panel.Title, area.Left, area.Top - 12, SKTextAlign.Left, font, ink);
        float legend = area.Left + 160;
        foreach ((EpochCurve curve, SKColor color) in panel.Curves.Zip(Colors))
        {
            Line(canvas, curve, color, epochs, X, Y);
            using SKPaint named = new() { Color = color, IsAntialias = true };
            canvas.DrawText(curve.Name, legend, area.Top - 12, SKTextAlign.Left, font, named);
            legend += 160;
        }
    }

    // Epochs without a number leave a gap; an epoch alone is a dot.
    private static void Line(SKCanvas canvas, EpochCurve curve, SKColor color, IReadOnlyList<EpochRecord> epochs, Func<double, float> x, Func<double, float> y)
    {
        using SKPaint paint = new() { Color = color, IsAntialias = true, StrokeWidth = 2, StrokeCap = SKStrokeCap.Round };
        for (int i = 0; i < epochs.Count; i++)
        {
            double value = curve.Value(epochs[i]);
            if (!double.IsFinite(value))
                continue;
            double before = i > 0 ? curve.Value(epochs[i - 1]) : double.NaN;
            if (double.IsFinite(before))
                canvas.DrawLine(x(i - 1), y(before), x(i), y(value), paint);
            else
                canvas.DrawCircle(x(i), y(value), 2, paint);
        }
    }
}
