namespace STUNet.Imaging.Preprocessing;

/// <summary>Resizes one plane of a volume in double: its rows axis, then its columns axis. One object per worker, because of the scratch.</summary>
internal sealed class PlaneFilter
{
    private const int Lanes = AxisFilter.Lanes;
    private readonly AxisFilter _rows;
    private readonly AxisFilter _columns;
    private readonly double[] _lines;
    private readonly double[] _result;
    private readonly double[] _half;

    public PlaneFilter(AxisFilter rows, AxisFilter columns)
    {
        _rows = rows;
        _columns = columns;
        _lines = new double[Math.Max(rows.SourceLength, columns.SourceLength)];
        _result = new double[Math.Max(rows.ResultLength, columns.ResultLength)];
        _half = new double[(long)rows.OutputSize * columns.InputSize];
    }

    /// <summary>Resizes a plane.</summary>
    /// <param name="source">The volume, from the plane's first element on.</param>
    /// <param name="rowStride">Distance of two rows in the volume.</param>
    /// <param name="columnStride">Distance of two columns in the volume.</param>
    /// <param name="target">Receives the plane, rows by columns.</param>
    /// <returns>Smallest and largest value of the source plane.</returns>
    public (float Min, float Max) Apply(ReadOnlySpan<float> source, int rowStride, int columnStride, Span<double> target)
    {
        (float Min, float Max) range = (float.PositiveInfinity, float.NegativeInfinity);
        for (int x = 0; x < _columns.InputSize; x += Lanes)
        {
            int lanes = Math.Min(Lanes, _columns.InputSize - x);
            for (int y = 0; y < _rows.InputSize; y++)
            {
                Span<double> line = _lines.AsSpan((_rows.Padding + y) * Lanes, lanes);
                ReadOnlySpan<float> from = source[(y * rowStride + x * columnStride)..];
                for (int l = 0; l < line.Length; l++)
                {
                    float value = from[l * columnStride];
                    range = (value < range.Min ? value : range.Min, value > range.Max ? value : range.Max);
                    line[l] = value;
                }
            }

            _rows.Apply(_lines, _result);
            for (int y = 0; y < _rows.OutputSize; y++)
                _result.AsSpan(y * Lanes, lanes).CopyTo(_half.AsSpan(y * _columns.InputSize + x));
        }

        ApplyColumns(target);
        return range;
    }

    private void ApplyColumns(Span<double> target)
    {
        for (int y = 0; y < _rows.OutputSize; y += Lanes)
        {
            int lanes = Math.Min(Lanes, _rows.OutputSize - y);
            for (int l = 0; l < lanes; l++)
            {
                ReadOnlySpan<double> row = _half.AsSpan((y + l) * _columns.InputSize, _columns.InputSize);
                Span<double> line = _lines.AsSpan(_columns.Padding * Lanes + l);
                for (int x = 0; x < row.Length; x++)
                    line[x * Lanes] = row[x];
            }

            _columns.Apply(_lines, _result);
            for (int l = 0; l < lanes; l++)
            {
                Span<double> row = target.Slice((y + l) * _columns.OutputSize, _columns.OutputSize);
                for (int x = 0; x < row.Length; x++)
                    row[x] = _result[x * Lanes + l];
            }
        }
    }
}
