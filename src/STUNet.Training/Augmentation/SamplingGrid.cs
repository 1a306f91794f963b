using STUNet.Core;
using STUNet.Imaging.Preprocessing;

namespace STUNet.Training;

/// <summary>
/// Where the voxels of a transformed patch lie in the loaded one: (index - centre of the patch) times rotation and scale, plus the centre of the loaded
/// patch, in double and in the reference's order of operations, so that positions on the border fall to the same side.
/// </summary>
internal sealed class SamplingGrid
{
    private readonly double[] _matrix;
    private readonly double[][] _alongRow;
    private readonly double[][] _row;

    /// <param name="loaded">Size of the loaded patch.</param>
    /// <param name="patch">Size of the transformed patch.</param>
    /// <param name="angles">The rotation.</param>
    /// <param name="scale">The factor on all axes.</param>
    public SamplingGrid(Int3 loaded, Int3 patch, RotationAngles angles, double scale)
    {
        (Loaded, Patch) = (loaded, patch);
        _matrix = Array.ConvertAll(angles.Matrix(), entry => entry * scale);
        _alongRow = [.. Enumerable.Range(0, 3).Select(axis =>
            Enumerable.Range(0, patch.W).Select(x => Centred(x, patch.W) * _matrix[6 + axis]).ToArray())];
        _row = [new double[patch.W], new double[patch.W], new double[patch.W]];
    }

    /// <summary>Size of the loaded patch.</summary>
    public Int3 Loaded { get; }

    /// <summary>Size of the transformed patch.</summary>
    public Int3 Patch { get; }

    /// <summary>Positions of the row last set on an axis of the loaded patch.</summary>
    public ReadOnlySpan<double> Row(int axis) => _row[axis];

    /// <summary>Computes the positions of one row.</summary>
    public void SetRow(int z, int y)
    {
        (double cz, double cy) = (Centred(z, Patch.D), Centred(y, Patch.H));
        for (int axis = 0; axis < 3; axis++)
        {
            double start = cz * _matrix[axis] + cy * _matrix[3 + axis];
            double centre = Centre(axis);
            double[] row = _row[axis];
            double[] along = _alongRow[axis];
            for (int x = 0; x < row.Length; x++)
                row[x] = start + along[x] + centre;
        }
    }

    /// <summary>The part of the loaded patch that the positions and a reach around them cover.</summary>
    public CropBox SourceBox(int reach)
    {
        Int3 first = Int3.From(axis => Math.Clamp((int)Math.Floor(Centre(axis) - Extent(axis)) - reach, 0, Loaded[axis] - 1));
        Int3 last = Int3.From(axis => Math.Clamp((int)Math.Floor(Centre(axis) + Extent(axis)) + reach, 0, Loaded[axis] - 1));
        return new CropBox(first, Int3.From(axis => last[axis] - first[axis] + 1));
    }

    /// <summary>How far positions go from the centre: those of the patch's corners go farthest.</summary>
    private double Extent(int axis) =>
        (Math.Abs(_matrix[axis]) * (Patch.D - 1) + Math.Abs(_matrix[3 + axis]) * (Patch.H - 1) + Math.Abs(_matrix[6 + axis]) * (Patch.W - 1)) / 2;

    private double Centre(int axis) => Loaded[axis] / 2.0 - 0.5;

    private static double Centred(int index, int size) => index - (size - 1) / 2.0;
}
