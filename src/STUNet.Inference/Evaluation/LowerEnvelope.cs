namespace STUNet.Inference;

/// <summary>
/// The minimum over candidates of height + (spacing * (position - candidate's position))^2: which candidate is nearest to which position of a line.
/// Candidates are added, and positions asked for, in ascending order.
/// </summary>
internal sealed class LowerEnvelope(int capacity, double spacing)
{
    private readonly int[] _position = new int[capacity];
    private readonly double[] _height = new double[capacity];
    private readonly int[] _candidate = new int[capacity];

    // Candidate i is the nearest from here to the start of candidate i + 1.
    private readonly double[] _start = new double[capacity];
    private int _count;
    private int _cursor;

    public bool IsEmpty => _count == 0;

    public void Clear() => (_count, _cursor) = (0, 0);

    public void Add(int position, double height, int candidate)
    {
        double start = double.NegativeInfinity;
        while (_count > 0)
        {
            int last = _count - 1;
            int apart = position - _position[last];
            // Where the two parabolas meet. The mean of the positions is exact, which keeps what is rounded small.
            start = ((position + _position[last]) / 2.0) + ((height - _height[last]) / (2 * spacing * spacing * apart));
            if (start > _start[last])
                break;
            _count--;
            start = double.NegativeInfinity;
        }

        (_position[_count], _height[_count], _candidate[_count], _start[_count]) = (position, height, candidate, start);
        _count++;
    }

    public int NearestTo(int position)
    {
        while (_cursor + 1 < _count && _start[_cursor + 1] < position)
            _cursor++;
        return _candidate[_cursor];
    }
}
