namespace STUNet.Cli;

/// <summary>One of the three planes of a preview, in anatomical axes (0 left, 1 posterior, 2 inferior).</summary>
/// <param name="Name">Its name.</param>
/// <param name="Across">The axis shown from left to right.</param>
/// <param name="Down">The axis shown from top to bottom.</param>
/// <param name="Through">The axis looked along.</param>
/// <param name="Edges">Letters at the left, right, top and bottom edge.</param>
internal sealed record PreviewPlane(string Name, int Across, int Down, int Through, string Edges)
{
    public static IReadOnlyList<PreviewPlane> All { get; } =
    [
        new("axial", Across: 0, Down: 1, Through: 2, "RLAP"),
        new("coronal", Across: 0, Down: 2, Through: 1, "RLSI"),
        new("sagittal", Across: 1, Down: 2, Through: 0, "APSI"),
    ];
}
