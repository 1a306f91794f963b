using System.Runtime.CompilerServices;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Loads tiles of the sources and transforms them: points[point][group][slot][lane] = B^T x along z, y, x. The tiles of a strip (neighbours along x)
/// share columns: rows are read along x and transformed along z first, so that memory is read in a few long streams; then a column is transformed
/// along y once and waits in a ring for the transform along x, tile by tile. Padding, the second source, the upsampling of the first and its
/// normalisation end in the load.
/// </summary>
internal sealed unsafe class WinogradInput<TIsa, V>
    where TIsa : struct, IVectorIsa<V>
    where V : struct
{
    private readonly Conv3dWinogradTiling _tiling;
    private readonly TensorView _first;
    private readonly TensorView _second;
    private readonly float* _normTable;
    private readonly int _perColumn;
    private readonly int _rowPitch; // of the strip [point z][row y][column]

    /// <summary>Binds the sources.</summary>
    /// <param name="tiling">The tiling.</param>
    /// <param name="first">First source.</param>
    /// <param name="second">Second source, or the first again.</param>
    /// <param name="normTable">Table of <see cref="InstanceNormTable"/> when the source is normalised, else null.</param>
    public WinogradInput(Conv3dWinogradTiling tiling, TensorView first, TensorView second, float* normTable)
    {
        _tiling = tiling;
        _first = first;
        _second = second;
        _normTable = normTable;
        _perColumn = tiling.Points.D * tiling.Points.H * TIsa.Lanes;
        _rowPitch = RowPitch(tiling);
    }

    /// <summary>Elements of a worker's scratch.</summary>
    public static int ScratchElements(Conv3dWinogradTiling tiling) =>
        (tiling.Points.D * tiling.Points.H * RowPitch(tiling)) + ((int)tiling.Points.Product * TIsa.Lanes);

    /// <summary>Transforms one vector of channels of a chunk.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="group">The vector of channels.</param>
    /// <param name="points">Where its first tile's first point goes.</param>
    /// <param name="scratch">Scratch of <see cref="ScratchElements"/>.</param>
    public void Transform(int chunk, int group, float* points, float* scratch)
    {
        int tiles = _tiling.TilesOf(chunk);
        float* ring = scratch + (_tiling.Points.D * _tiling.Points.H * _rowPitch);
        for (int done = 0; done < tiles;)
        {
            Int3 position = _tiling.PositionOf(chunk, done);
            int strip = Math.Min(tiles - done, _tiling.Grid.W - position.W);
            LoadStrip(_tiling.SampleOf(chunk), position, strip, group, scratch);
            TransformStrip(strip, scratch, ring, points + (done * TIsa.Lanes));
            done += strip;
        }
    }

    private static int RowPitch(Conv3dWinogradTiling tiling) => CacheLine.OddLines(tiling.StripColumns * TIsa.Lanes);

    private void LoadStrip(int n, Int3 position, int tiles, int group, float* strip)
    {
        bool isFirst = group < _tiling.FirstGroups;
        TensorView source = isFirst ? _first : _second;
        Int3 factor = isFirst ? _tiling.Op.FirstSourceFactor : Int3.One;
        Shape shape = source.Desc.Shape;
        int pitch = source.Desc.ChannelPitch;
        int channel = (isFirst ? group : group - _tiling.FirstGroups) * TIsa.Lanes;
        int startD = (position.D * _tiling.Tile.D) - (_tiling.Op.Kernel.D / 2);
        int startH = (position.H * _tiling.Tile.H) - (_tiling.Op.Kernel.H / 2);
        int startW = (position.W * _tiling.Tile.W) - (_tiling.Op.Kernel.W / 2);
        int columns = ((tiles - 1) * _tiling.Tile.W) + _tiling.Points.W;
        int before = Math.Max(0, -startW);
        int end = Math.Min(columns, _tiling.Input.W - startW);
        float** rows = stackalloc float*[WinogradFilter.MaxPoints];
        for (int j = 0; j < _tiling.Points.H; j++)
        {
            int h = startH + j;
            for (int i = 0; i < _tiling.Points.D; i++)
            {
                int d = startD + i;
                bool exists = (uint)d < (uint)_tiling.Input.D && (uint)h < (uint)_tiling.Input.H;
                long row = (((((long)n * shape.D) + (d / factor.D)) * shape.H) + (h / factor.H)) * shape.W;
                rows[i] = exists ? source.Floats + (row * pitch) + channel : null;
                float* padding = strip + (((i * _tiling.Points.H) + j) * _rowPitch);
                new Span<float>(padding, before * TIsa.Lanes).Clear();
                new Span<float>(padding + (end * TIsa.Lanes), (columns - end) * TIsa.Lanes).Clear();
            }

            float* target = strip + (j * _rowPitch) + (before * TIsa.Lanes);
            if (_normTable != null)
                TransformNormalisedRows(rows, n, channel, (startW + before) * pitch, pitch, end - before, target);
            else
                TransformRows(rows, startW + before, factor.W, pitch, end - before, target);
        }
    }

    private void TransformRows(float** rows, int w, int factor, int pitch, int columns, float* target)
    {
        nint step = (nint)_tiling.Points.H * _rowPitch;
        for (int column = 0; column < columns; column++, w++, target += TIsa.Lanes)
        {
            nint at = (nint)(factor == 1 ? w : w / factor) * pitch;
            V x0 = Load(rows[0], at);
            if (_tiling.Tile.D == 1)
            {
                TIsa.Store(target, x0);
                continue;
            }

            V x1 = Load(rows[1], at);
            V x2 = Load(rows[2], at);
            V x3 = Load(rows[3], at);
            if (_tiling.Tile.D == 2)
                WinogradLines<TIsa, V>.Input2(x0, x1, x2, x3, target, step);
            else
                WinogradLines<TIsa, V>.Input4(x0, x1, x2, x3, Load(rows[4], at), Load(rows[5], at), target, step);
        }
    }

    private void TransformNormalisedRows(float** rows, int n, int channel, nint at, int pitch, int columns, float* target)
    {
        nint step = (nint)_tiling.Points.H * _rowPitch;
        float* table = _normTable + ((long)n * InstanceNormTable.Rows * pitch) + channel;
        V mean = TIsa.Load(table);
        V scale = TIsa.Load(table + pitch);
        V shift = TIsa.Load(table + (2 * pitch));
        V slope = TIsa.Broadcast(_tiling.Op.NormalisedSourceSlope!.Value);
        for (int column = 0; column < columns; column++, at += pitch, target += TIsa.Lanes)
        {
            V x0 = Normalise(rows[0], at, mean, scale, shift, slope);
            if (_tiling.Tile.D == 1)
            {
                TIsa.Store(target, x0);
                continue;
            }

            V x1 = Normalise(rows[1], at, mean, scale, shift, slope);
            V x2 = Normalise(rows[2], at, mean, scale, shift, slope);
            V x3 = Normalise(rows[3], at, mean, scale, shift, slope);
            if (_tiling.Tile.D == 2)
            {
                WinogradLines<TIsa, V>.Input2(x0, x1, x2, x3, target, step);
                continue;
            }

            V x4 = Normalise(rows[4], at, mean, scale, shift, slope);
            V x5 = Normalise(rows[5], at, mean, scale, shift, slope);
            WinogradLines<TIsa, V>.Input4(x0, x1, x2, x3, x4, x5, target, step);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Load(float* row, nint at) => row == null ? TIsa.Broadcast(0) : TIsa.Load(row + at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Normalise(float* row, nint at, V mean, V scale, V shift, V slope)
    {
        if (row == null)
            return TIsa.Broadcast(0);
        return InstanceNormVector.Activate<TIsa, V>(InstanceNormVector.Normalise<TIsa, V>(TIsa.Load(row + at), mean, scale, shift), slope);
    }

    private void TransformStrip(int tiles, float* strip, float* ring, float* target)
    {
        int columns = _tiling.Points.W;
        int loaded = 0;
        for (int tile = 0; tile < tiles; tile++, target += TIsa.Lanes)
        {
            int firstColumn = tile * _tiling.Tile.W;
            for (; loaded < firstColumn + columns; loaded++)
            {
                WinogradLines<TIsa, V>.Input(
                    _tiling.Tile.H, _tiling.Points.D,
                    strip + (loaded * TIsa.Lanes), (nint)_tiling.Points.H * _rowPitch, _rowPitch,
                    ring + (loaded % columns * _perColumn), _tiling.Points.H * TIsa.Lanes, TIsa.Lanes);
            }

            TransformAlongX(ring, firstColumn, target);
        }
    }

    private void TransformAlongX(float* ring, int firstColumn, float* target)
    {
        nint pointStride = _tiling.InputPointStride;
        int columns = _tiling.Points.W;
        float* c0 = ring + (firstColumn % columns * _perColumn);
        if (columns == 1)
        {
            WinogradLines<TIsa, V>.Input(1, _perColumn / TIsa.Lanes, c0, TIsa.Lanes, 0, target, pointStride, 0);
            return;
        }

        float* c1 = ring + ((firstColumn + 1) % columns * _perColumn);
        float* c2 = ring + ((firstColumn + 2) % columns * _perColumn);
        float* c3 = ring + ((firstColumn + 3) % columns * _perColumn);
        if (columns == 4)
        {
            for (int at = 0; at < _perColumn; at += TIsa.Lanes, target += 4 * pointStride)
                WinogradLines<TIsa, V>.Input2(TIsa.Load(c0 + at), TIsa.Load(c1 + at), TIsa.Load(c2 + at), TIsa.Load(c3 + at), target, pointStride);
            return;
        }

        float* c4 = ring + ((firstColumn + 4) % columns * _perColumn);
        float* c5 = ring + ((firstColumn + 5) % columns * _perColumn);
        for (int at = 0; at < _perColumn; at += TIsa.Lanes, target += 6 * pointStride)
        {
            WinogradLines<TIsa, V>.Input4(
                TIsa.Load(c0 + at), TIsa.Load(c1 + at), TIsa.Load(c2 + at), TIsa.Load(c3 + at), TIsa.Load(c4 + at), TIsa.Load(c5 + at), target, pointStride);
        }
    }
}
