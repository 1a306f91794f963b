using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// The scratch memory of a Winograd step: what <see cref="Conv3dNorms"/> needs; then the points of a round, once or for every worker; then every
/// worker's scratch.
/// </summary>
internal sealed class WinogradWorkspace<TIsa, V>
    where TIsa : struct, IVectorIsa<V>
    where V : struct
{
    private readonly bool _isShared;
    private readonly long _roundsOffset;
    private readonly long _roundBytes;
    private readonly long _workerBytes;

    public WinogradWorkspace(Conv3dOp op, ReadOnlySpan<TensorDesc> operands, Conv3dWinogradTiling tiling)
    {
        _isShared = tiling.IsShared;
        _roundsOffset = Conv3dNorms.ByteLength(op, operands, tiling.Chunks, tiling.OutputGroups * TIsa.Lanes);
        ProductsOffset = CacheLine.RoundUp((long)tiling.PointCount * tiling.InputPointStride * sizeof(float));
        _roundBytes = ProductsOffset + CacheLine.RoundUp((long)tiling.PointCount * tiling.ProductPointStride * sizeof(float));
        OutputOffset = CacheLine.RoundUp((long)WinogradInput<TIsa, V>.ScratchElements(tiling) * sizeof(float));
        SlabOffset = OutputOffset + CacheLine.RoundUp((long)WinogradOutput<TIsa, V>.ScratchElements(tiling) * sizeof(float));
        _workerBytes = SlabOffset + CacheLine.RoundUp((tiling.SlabElements + (tiling.TransformsWeights ? (long)WinogradWeights<TIsa, V>.ScratchElements : 0)) * sizeof(float));
    }

    /// <summary>Where the products start in a round's points, after the transformed inputs.</summary>
    public long ProductsOffset { get; }

    /// <summary>Where the output's scratch starts in a worker's, after the input's.</summary>
    public long OutputOffset { get; }

    /// <summary>Where transformed weights start in a worker's scratch.</summary>
    public long SlabOffset { get; }

    /// <summary>The points of the round a worker works on.</summary>
    public long RoundOf(int worker) => _roundsOffset + (_isShared ? 0 : _roundBytes * worker);

    /// <summary>A worker's scratch.</summary>
    public long ScratchOf(int worker, int workers) => _roundsOffset + (_roundBytes * (_isShared ? 1 : workers)) + (_workerBytes * worker);

    /// <summary>Bytes for a number of workers.</summary>
    public long ByteLength(int workers) => ScratchOf(workers, workers);
}
