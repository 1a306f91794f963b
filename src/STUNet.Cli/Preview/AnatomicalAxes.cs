using STUNet.Core;
using STUNet.Imaging;

namespace STUNet.Cli;

/// <summary>
/// The axes of a volume by anatomy: 0 grows to the patient's left, 1 to posterior, 2 to inferior, which is right and down in the radiological
/// convention. Oblique volumes are taken along the array axes nearest to these; nothing is resampled.
/// </summary>
internal sealed class AnatomicalAxes
{
    private readonly int[] _arrayAxis = new int[3];
    private readonly bool[] _reversed = new bool[3];
    private readonly VolumeGeometry _geometry;

    public AnatomicalAxes(VolumeGeometry geometry)
    {
        _geometry = geometry;
        bool[] usedAnatomy = new bool[3];
        bool[] usedFile = new bool[3];
        for (int step = 0; step < 3; step++)
        {
            // The largest remaining direction cosine fixes the next pair.
            (int anatomy, int file) = (from row in Enumerable.Range(0, 3)
                                       from column in Enumerable.Range(0, 3)
                                       where !usedAnatomy[row] && !usedFile[column]
                                       orderby Math.Abs(Cosine(row, column)) descending
                                       select (row, column)).First();
            usedAnatomy[anatomy] = usedFile[file] = true;
            _arrayAxis[anatomy] = 2 - file;
            _reversed[anatomy] = Cosine(anatomy, file) > 0;
        }
    }

    /// <summary>Voxels along an anatomical axis.</summary>
    public int Count(int anatomy) => _geometry.Size[_arrayAxis[anatomy]];

    /// <summary>Millimetres between voxels along an anatomical axis.</summary>
    public double SpacingMm(int anatomy) => _geometry.Spacing[_arrayAxis[anatomy]];

    /// <summary>Index in memory of the voxel at a position (left, posterior, inferior).</summary>
    public int Index(ReadOnlySpan<int> position)
    {
        Span<int> array = stackalloc int[3];
        for (int anatomy = 0; anatomy < 3; anatomy++)
            array[_arrayAxis[anatomy]] = _reversed[anatomy] ? Count(anatomy) - 1 - position[anatomy] : position[anatomy];
        Int3 size = _geometry.Size;
        return (((array[0] * size.H) + array[1]) * size.W) + array[2];
    }

    private double Cosine(int row, int column)
    {
        double length = Math.Sqrt(Enumerable.Range(0, 3).Sum(r => _geometry.Affine[r, column] * _geometry.Affine[r, column]));
        return length > 0 ? _geometry.Affine[row, column] / length : 0;
    }
}
