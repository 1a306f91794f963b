using SkiaSharp;
using STUNet.Core;
using STUNet.Imaging;

namespace STUNet.Cli;

/// <summary>A picture of a segmentation: three planes side by side, true to scale, in the radiological convention, and a legend.</summary>
internal static class PreviewImage
{
    private const int Width = 1280;
    private const int Margin = 16;
    private const int TallestPanel = 640;
    private const int LegendLine = 24;
    private const int TitleLine = 30;
    private const string FontResource = "OpenSans-Regular.ttf";
    private static readonly SKColor Background = new(18, 18, 20);
    private static readonly SKColor Ink = new(232, 232, 232);

    /// <summary>Draws the picture and writes it as PNG, under a temporary name first.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="title">Text above the planes.</param>
    /// <param name="image">The image.</param>
    /// <param name="labels">Its label map.</param>
    /// <param name="structures">What is in the label map, in the order of the legend.</param>
    public static void Write(string path, string title, Volume image, LabelVolume labels, IReadOnlyList<StructureVolume> structures)
    {
        using SKBitmap picture = Draw(title, image, labels, structures);
        using SKData png = picture.Encode(SKEncodedImageFormat.Png, 100);
        AtomicFile.Write(path, stream => png.SaveTo(stream));
    }

    internal static SKBitmap Draw(string title, Volume image, LabelVolume labels, IReadOnlyList<StructureVolume> structures)
    {
        AnatomicalAxes axes = new(image.Geometry);
        PlaneRenderer renderer = new(image, labels, axes, IntensityWindow.Of(image));
        int[] slices = SliceChooser.Choose(labels, axes);
        double pixelsPerMm = Math.Min(
            (Width - (4 * Margin)) / PreviewPlane.All.Sum(plane => renderer.SizeMm(plane).Width),
            TallestPanel / PreviewPlane.All.Max(plane => renderer.SizeMm(plane).Height));
        SKBitmap[] panels = [.. PreviewPlane.All.Select(plane => renderer.Render(plane, slices[plane.Through], pixelsPerMm))];
        int tallest = panels.Max(panel => panel.Height);
        (int columns, int rows, int columnWidth) = LegendGrid(structures);
        SKBitmap picture = new(Width, TitleLine + tallest + (rows * LegendLine) + (4 * Margin), SKColorType.Rgba8888, SKAlphaType.Opaque);
        using SKCanvas canvas = new(picture);
        using SKTypeface typeface = LoadFont();
        using SKFont font = new(typeface, 16) { Edging = SKFontEdging.Antialias };
        canvas.Clear(Background);
        Text(canvas, font, title, Margin, Margin + 18);
        int left = Margin + ((Width - (4 * Margin) - panels.Sum(panel => panel.Width)) / 2);
        for (int i = 0; i < panels.Length; i++)
        {
            int top = TitleLine + Margin + ((tallest - panels[i].Height) / 2);
            canvas.DrawBitmap(panels[i], left, top, SKSamplingOptions.Default);
            Edges(canvas, font, PreviewPlane.All[i], SKRect.Create(left, top, panels[i].Width, panels[i].Height));
            left += panels[i].Width + Margin;
            panels[i].Dispose();
        }

        int legendTop = TitleLine + tallest + (3 * Margin);
        for (int i = 0; i < structures.Count; i++)
            LegendEntry(canvas, font, structures[i], Margin + (i / rows * columnWidth), legendTop + (i % rows * LegendLine), columnWidth);
        return picture;
    }

    // Filled column by column, so that neighbouring labels stand below each other.
    private static (int Columns, int Rows, int ColumnWidth) LegendGrid(IReadOnlyList<StructureVolume> structures)
    {
        int columns = structures.Count <= 4 ? 2 : 4;
        int rows = Math.Max(1, (structures.Count + columns - 1) / columns);
        return (columns, rows, (Width - (2 * Margin)) / columns);
    }

    private static void LegendEntry(SKCanvas canvas, SKFont font, StructureVolume structure, int x, int y, int width)
    {
        using SKPaint swatch = new() { Color = LabelColors.Of(structure.Label) };
        canvas.DrawRect(x, y, 15, 15, swatch);
        string volume = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{structure.Millilitres:F1} ml");
        string name = structure.Name;
        while (name.Length > 1 && font.MeasureText($"{name}  {volume}") > width - 40)
            name = name[..^1];
        Text(canvas, font, $"{name}  {volume}", x + 23, y + 13);
    }

    private static void Edges(SKCanvas canvas, SKFont font, PreviewPlane plane, SKRect panel)
    {
        Text(canvas, font, plane.Edges[..1], panel.Left + 5, panel.MidY + 6);
        Text(canvas, font, plane.Edges[1..2], panel.Right - 16, panel.MidY + 6);
        Text(canvas, font, plane.Edges[2..3], panel.MidX - 5, panel.Top + 18);
        Text(canvas, font, plane.Edges[3..4], panel.MidX - 5, panel.Bottom - 6);
    }

    private static void Text(SKCanvas canvas, SKFont font, string text, float x, float y)
    {
        using SKPaint shadow = new() { Color = SKColors.Black, IsAntialias = true };
        using SKPaint ink = new() { Color = Ink, IsAntialias = true };
        canvas.DrawText(text, x + 1, y + 1, SKTextAlign.Left, font, shadow);
        canvas.DrawText(text, x, y, SKTextAlign.Left, font, ink);
    }

    internal static SKTypeface LoadFont()
    {
        using Stream stream = typeof(PreviewImage).Assembly.GetManifestResourceStream(FontResource)!;
        return SKTypeface.FromStream(stream);
    }
}
