namespace STUNet.Imaging;

/// <summary>
/// Maps file indices to the patient: (x, y, z) in millimetres = M (i, j, k) + t, where i is the fastest axis of the file (the last of the
/// array) and x, y, z grow to the right, anterior and superior (RAS). Immutable.
/// </summary>
public sealed class Affine : IEquatable<Affine>
{
    private readonly double[] _rows;

    /// <summary>Creates the map.</summary>
    /// <param name="rows">The upper three rows, row by row: 12 values, [M | t].</param>
    public Affine(ReadOnlySpan<double> rows)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(rows.Length, 12);
        _rows = rows.ToArray();
    }

    /// <summary>An entry of the 4x4 matrix [M t; 0 0 0 1].</summary>
    /// <param name="row">0 = x, 1 = y, 2 = z, 3 = the constant row.</param>
    /// <param name="column">0 = i, 1 = j, 2 = k, 3 = translation.</param>
    public double this[int row, int column] => row == 3 ? (column == 3 ? 1 : 0) : _rows[(row * 4) + column];

    /// <summary>Whether every entry is a finite number.</summary>
    public bool IsFinite => Array.TrueForAll(_rows, double.IsFinite);

    /// <inheritdoc/>
    public bool Equals(Affine? other) => other is not null && _rows.AsSpan().SequenceEqual(other._rows);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Affine);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (double entry in _rows)
            hash.Add(entry);
        return hash.ToHashCode();
    }
}
