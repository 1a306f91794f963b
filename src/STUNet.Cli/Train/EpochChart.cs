using System.Globalization;
using System.Text;
using System.Xml.Linq;
using STUNet.Training;

namespace STUNet.Cli;

/// <summary>A panel of curves as an SVG element for a page; strokes and texts that have no colour of their own take it from the page's style.</summary>
internal static class EpochChart
{
    private const int Width = 760;
    private const int Height = 250;
    private const int Left = 64;
    private const int Right = 10;
    private const int Top = 10;
    private const int Bottom = 28;
    private const int MostPoints = 500;
    private const int Ticks = 5;

    // The golden angle: neighbours in a list of any length differ.
    private const double HueStep = 137.508;
    private const double FirstHue = 210;

    /// <summary>Draws the curves. Of many epochs every point is the mean of some that follow each other.</summary>
    /// <param name="panel">The curves.</param>
    /// <param name="epochs">The epochs.</param>
    public static XElement Draw(EpochPanel panel, IReadOnlyList<EpochRecord> epochs)
    {
        int group = GroupOf(epochs.Count);
        (double X, double Y)[][] curves = [.. panel.Curves.Select(curve => Points(curve, epochs, group))];
        double[] values = [.. curves.SelectMany(points => points.Select(point => point.Y)).Where(double.IsFinite)];
        (double low, double high) = values.Length == 0 ? (0, 1) : (values.Min(), values.Max());
        if (high - low < 1e-9)
            (low, high) = (low - 0.5, high + 0.5);
        double last = Math.Max(1, epochs.Count - 1);
        double X(double epoch) => Left + (Width - Left - Right) * epoch / last;
        double Y(double value) => Height - Bottom - (Height - Top - Bottom) * (value - low) / (high - low);

        XElement chart = new("svg", new XAttribute("viewBox", $"0 0 {Width} {Height}"), new XAttribute("role", "img"), new XAttribute("aria-label", panel.Title));
        foreach (double tick in RoundBetween(low, high))
        {
            chart.Add(Line(Left, Y(tick), Width - Right, Y(tick)));
            chart.Add(Label(Left - 6, Y(tick) + 4, "end", tick));
        }

        foreach (double tick in RoundBetween(0, last).Where(tick => tick == Math.Round(tick)))
            chart.Add(Label(X(tick), Height - 8, "middle", tick));
        for (int i = 0; i < curves.Length; i++)
        {
            chart.Add(new XElement(
                "path",
                new XAttribute("d", Path(curves[i], X, Y)),
                new XAttribute("style", $"stroke:{ColorOf(i)}"),
                new XElement("title", PageText.Clean(panel.Curves[i].Name.Length > 0 ? panel.Curves[i].Name : panel.Title))));
        }

        return chart;
    }

    /// <summary>How many epochs a point is the mean of.</summary>
    public static int GroupOf(int epochs) => Math.Max(1, (epochs + MostPoints - 1) / MostPoints);

    /// <summary>The colour of a curve, in CSS; readable on light and dark ground.</summary>
    /// <param name="curve">Its place in the panel.</param>
    public static string ColorOf(int curve) => string.Create(CultureInfo.InvariantCulture, $"hsl({(FirstHue + HueStep * curve) % 360:F0},65%,52%)");

    /// <summary>The round numbers between two bounds, a handful of them.</summary>
    internal static IEnumerable<double> RoundBetween(double low, double high)
    {
        double rough = (high - low) / Ticks;
        double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = power * (rough / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 };
        for (double i = Math.Ceiling(low / step); i * step <= high; i++)
            yield return Math.Round(i * step, 12);
    }

    private static (double X, double Y)[] Points(EpochCurve curve, IReadOnlyList<EpochRecord> epochs, int group) =>
    [
        .. Enumerable.Range(0, epochs.Count).Chunk(group).Select(part =>
            (part.Average(), part.Select(i => curve.Value(epochs[i])).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average())),
    ];

    // A point alone is a line of no length, which round caps make a dot.
    private static string Path((double X, double Y)[] points, Func<double, double> x, Func<double, double> y)
    {
        StringBuilder path = new();
        bool isDrawing = false;
        foreach ((double X, double Y) point in points)
        {
            if (double.IsFinite(point.Y))
                path.Append(CultureInfo.InvariantCulture, $"{(isDrawing ? "L" : "M")}{x(point.X):F1} {y(point.Y):F1}{(isDrawing ? "" : "h0")}");
            isDrawing = double.IsFinite(point.Y);
        }

        return path.ToString();
    }

    private static XElement Line(double x1, double y1, double x2, double y2) => new(
        "line", Number("x1", x1), Number("y1", y1), Number("x2", x2), Number("y2", y2));

    private static XElement Label(double x, double y, string anchor, double value) => new(
        "text", Number("x", x), Number("y", y), new XAttribute("text-anchor", anchor), value.ToString("G4", CultureInfo.InvariantCulture));

    private static XAttribute Number(string name, double value) => new(name, value.ToString("F1", CultureInfo.InvariantCulture));
}
