using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Transforms products[point][output group][slot][lane] into outputs: A^T along x, y, z, plus the bias, stored where voxels exist. Sums for the
/// statistics of the output fall off on the way.
/// </summary>
internal sealed unsafe class WinogradOutput<TIsa, V>(Conv3dWinogradTiling tiling, TensorView output, TensorView bias, ChannelMoments? moments)
    where TIsa : struct, IVectorIsa<V>
    where V : struct
{
    private readonly bool _pastCaches = PastCaches.Suits(output.Desc);

    /// <summary>Elements of a worker's scratch: two stages of a tile; bias, shift, sums and squares of a vector of channels.</summary>
    public static int ScratchElements(Conv3dWinogradTiling tiling) => (StageX(tiling) + StageY(tiling) + 4) * TIsa.Lanes;

    /// <summary>Transforms and stores one vector of channels of a chunk.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="group">The vector of output channels.</param>
    /// <param name="products">The first point of its first tile.</param>
    /// <param name="scratch">Scratch of <see cref="ScratchElements"/>.</param>
    public void Transform(int chunk, int group, float* products, float* scratch)
    {
        int lanes = TIsa.Lanes;
        float* alongX = scratch;
        float* alongY = alongX + (StageX(tiling) * lanes);
        float* channels = alongY + (StageY(tiling) * lanes);
        for (int lane = 0; lane < lanes; lane++)
            channels[lane] = (group * lanes) + lane < tiling.Output.C ? bias.Floats[(group * lanes) + lane] : 0;
        new Span<float>(channels + lanes, 3 * lanes).Clear();
        int tiles = tiling.TilesOf(chunk);
        for (int tile = 0; tile < tiles; tile++, products += lanes)
        {
            TransformTile(products, alongX, alongY);
            Store(tiling.SampleOf(chunk), tiling.PositionOf(chunk, tile), group, alongX, channels, isFirst: tile == 0);
        }

        int real = Math.Min(lanes, tiling.Output.C - (group * lanes));
        moments?.Set(chunk, group * lanes, real, channels + lanes, channels + (2 * lanes), channels + (3 * lanes));
        if (_pastCaches)
            PastCaches.Fence();
    }

    // Vectors of [point z][point y][x], later of [z][y][x].
    private static int StageX(Conv3dWinogradTiling tiling) => tiling.Points.D * tiling.Points.H * tiling.Tile.W;

    // Vectors of [point z][y][x].
    private static int StageY(Conv3dWinogradTiling tiling) => tiling.Points.D * tiling.Tile.H * tiling.Tile.W;

    private void TransformTile(float* products, float* alongX, float* alongY)
    {
        Int3 size = tiling.Tile;
        Int3 points = tiling.Points;
        nint pointStride = tiling.ProductPointStride;
        int lanes = TIsa.Lanes;
        nint line = size.W * lanes;
        WinogradLines<TIsa, V>.Output(size.W, points.D * points.H, products, points.W * pointStride, pointStride, alongX, line, lanes);
        for (int i = 0; i < points.D; i++)
            WinogradLines<TIsa, V>.Output(size.H, size.W, alongX + (i * points.H * line), lanes, line, alongY + (i * size.H * line), lanes, line);
        WinogradLines<TIsa, V>.Output(size.D, size.H * size.W, alongY, lanes, size.H * line, alongX, lanes, size.H * line);
    }

    private void Store(int n, Int3 position, int group, float* values, float* channels, bool isFirst)
    {
        int lanes = TIsa.Lanes;
        Shape shape = tiling.Output;
        Int3 size = tiling.Tile;
        Int3 extent = tiling.ExtentOf(position);
        int pitch = output.Desc.ChannelPitch;
        bool pastCaches = _pastCaches;
        long corner = (((((((long)n * shape.D) + (position.D * size.D)) * shape.H) + (position.H * size.H)) * shape.W) + (position.W * size.W));
        float* first = output.Floats + (corner * pitch) + (group * lanes); // nothing is called while sums are in registers
        V offset = TIsa.Load(channels);
        V shift = isFirst ? TIsa.Add(TIsa.Load(values), offset) : TIsa.Load(channels + lanes);
        V sums = TIsa.Broadcast(0);
        V squares = TIsa.Broadcast(0);
        for (int d = 0; d < extent.D; d++)
        {
            for (int h = 0; h < extent.H; h++)
            {
                float* target = first + ((((long)d * shape.H) + h) * shape.W * pitch);
                float* source = values + (((d * size.H) + h) * size.W * lanes);
                for (int w = 0; w < extent.W; w++, target += pitch, source += lanes)
                {
                    V value = TIsa.Add(TIsa.Load(source), offset);
                    if (pastCaches)
                        TIsa.StoreNonTemporal(target, value);
                    else
                        TIsa.Store(target, value);
                    V distance = TIsa.Subtract(value, shift);
                    sums = TIsa.Add(sums, distance);
                    squares = TIsa.MultiplyAdd(distance, distance, squares);
                }
            }
        }

        TIsa.Store(channels + lanes, shift);
        TIsa.Store(channels + (2 * lanes), TIsa.Add(TIsa.Load(channels + (2 * lanes)), sums));
        TIsa.Store(channels + (3 * lanes), TIsa.Add(TIsa.Load(channels + (3 * lanes)), squares));
    }
}
