using SkiaSharp;
using STUNet.Imaging;

namespace STUNet.Cli;

/// <summary>Draws one plane: the image in grey between voxels interpolated, labels over it half transparent with a solid outline.</summary>
internal sealed class PlaneRenderer(Volume image, LabelVolume labels, AnatomicalAxes axes, IntensityWindow window)
{
    private const double FillOpacity = 0.5;

    /// <summary>Size of a plane in millimetres.</summary>
    public (double Width, double Height) SizeMm(PreviewPlane plane) =>
        (axes.Count(plane.Across) * axes.SpacingMm(plane.Across), axes.Count(plane.Down) * axes.SpacingMm(plane.Down));

    /// <summary>Draws a plane at a scale.</summary>
    /// <param name="plane">The plane.</param>
    /// <param name="slice">Position along the axis looked along.</param>
    /// <param name="pixelsPerMm">The scale.</param>
    public SKBitmap Render(PreviewPlane plane, int slice, double pixelsPerMm)
    {
        (double widthMm, double heightMm) = SizeMm(plane);
        int width = Math.Max(1, (int)Math.Round(widthMm * pixelsPerMm));
        int height = Math.Max(1, (int)Math.Round(heightMm * pixelsPerMm));
        uint[] shown = ShownLabels(plane, slice, width, height);
        SKBitmap bitmap = new(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        Span<byte> pixels = bitmap.GetPixelSpan();
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                byte gray = window.Gray(Sample(plane, slice, Centre(x, width, plane.Across), Centre(y, height, plane.Down)));
                SKColor color = Blend(gray, shown, x, y, width, height);
                Span<byte> pixel = pixels.Slice((y * bitmap.RowBytes) + (4 * x), 4);
                (pixel[0], pixel[1], pixel[2], pixel[3]) = (color.Red, color.Green, color.Blue, 255);
            }
        }

        return bitmap;
    }

    private static SKColor Blend(byte gray, uint[] shown, int x, int y, int width, int height)
    {
        uint label = shown[(y * width) + x];
        if (label == 0)
            return new SKColor(gray, gray, gray);
        bool isEdge = x == 0 || y == 0 || x == width - 1 || y == height - 1
            || shown[(y * width) + x - 1] != label || shown[(y * width) + x + 1] != label || shown[((y - 1) * width) + x] != label || shown[((y + 1) * width) + x] != label;
        double opacity = isEdge ? 1 : FillOpacity;
        SKColor color = LabelColors.Of(label);
        return new SKColor(Mix(color.Red), Mix(color.Green), Mix(color.Blue));

        byte Mix(byte component) => (byte)Math.Round((opacity * component) + ((1 - opacity) * gray));
    }

    private uint[] ShownLabels(PreviewPlane plane, int slice, int width, int height)
    {
        uint[] shown = new uint[width * height];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                int across = (int)Math.Round(Centre(x, width, plane.Across));
                int down = (int)Math.Round(Centre(y, height, plane.Down));
                shown[(y * width) + x] = labels[At(plane, slice, across, down)];
            }
        }

        return shown;
    }

    /// <summary>The voxel coordinate under the centre of a pixel, within the volume.</summary>
    private double Centre(int pixel, int pixels, int axis) =>
        Math.Clamp(((pixel + 0.5) * axes.Count(axis) / pixels) - 0.5, 0, axes.Count(axis) - 1);

    private float Sample(PreviewPlane plane, int slice, double across, double down)
    {
        (int x, int y) = ((int)across, (int)down);
        (int right, int below) = (Math.Min(x + 1, axes.Count(plane.Across) - 1), Math.Min(y + 1, axes.Count(plane.Down) - 1));
        (float fx, float fy) = ((float)(across - x), (float)(down - y));
        float upper = ((1 - fx) * Voxel(x, y)) + (fx * Voxel(right, y));
        float lower = ((1 - fx) * Voxel(x, below)) + (fx * Voxel(right, below));
        return ((1 - fy) * upper) + (fy * lower);

        float Voxel(int u, int v) => image.Voxels[At(plane, slice, u, v)];
    }

    private int At(PreviewPlane plane, int slice, int across, int down)
    {
        Span<int> position = stackalloc int[3];
        (position[plane.Across], position[plane.Down], position[plane.Through]) = (across, down, slice);
        return axes.Index(position);
    }
}
