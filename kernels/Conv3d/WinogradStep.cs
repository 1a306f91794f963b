using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>One convolution by Winograd's algorithm, bound to memory.</summary>
internal sealed unsafe class WinogradStep<TIsa, V, TProduct> : Step
    where TIsa : struct, IVectorIsa<V>
    where V : struct
    where TProduct : struct, IWinogradProduct
{
    private readonly Conv3dWinogradTiling _tiling;
    private readonly WinogradWorkspace<TIsa, V> _parts;
    private readonly WinogradInput<TIsa, V> _input;
    private readonly WinogradOutput<TIsa, V> _output;
    private readonly Conv3dNorms _norms;
    private readonly TensorView _weight;
    private readonly WinogradWeights<TIsa, V>? _weights;
    private readonly MemorySpan _workspace;
    private readonly WorkerPool _workers;
    private readonly IParallelBody[] _phases;
    private readonly int _products; // pieces of the second phase
    private int _firstChunk;
    private int _chunks;

    public WinogradStep(
        Conv3dOp op, ReadOnlySpan<TensorView> operands, Conv3dWinogradTiling tiling, WinogradWorkspace<TIsa, V> parts, MemorySpan workspace, WorkerPool workers)
    {
        _tiling = tiling;
        _parts = parts;
        _weight = operands[op.WeightOperand];
        _workspace = workspace;
        _workers = workers;
        int[] voxels = [.. Enumerable.Range(0, tiling.Chunks).Select(tiling.VoxelsOf)];
        _norms = new Conv3dNorms(op, operands, workspace, voxels, tiling.OutputGroups * TIsa.Lanes);
        _input = new WinogradInput<TIsa, V>(tiling, operands[0], operands[op.Sources - 1], _norms.SourceTable);
        _output = new WinogradOutput<TIsa, V>(tiling, operands[^1], operands[op.BiasOperand], _norms.Moments);
        _weights = tiling.TransformsWeights ? new WinogradWeights<TIsa, V>(tiling, _weight) : null;
        _phases = !tiling.IsShared ? [new ChunkPhase(this)]
            : [new InputPhase(this), tiling.TransformsWeights ? new LateProductPhase(this) : new ProductPhase(this), new OutputPhase(this)];
        _products = tiling.TransformsWeights ? ((tiling.OutputGroups * TIsa.Lanes) - 1) / tiling.BlockLanes + 1 : tiling.PointCount;
    }

    public override void Run(RunContext context)
    {
        _norms.FillTables();
        if (_tiling.IsShared)
        {
            for (_firstChunk = 0; _firstChunk < _tiling.Chunks; _firstChunk += _tiling.ChunksPerRound)
            {
                _chunks = Math.Min(_tiling.ChunksPerRound, _tiling.Chunks - _firstChunk);
                _workers.Run(_chunks * _tiling.Groups, _phases[0]);
                _workers.Run(_products, _phases[1]);
                _workers.Run(_chunks * _tiling.OutputGroups, _phases[2]);
            }
        }
        else
        {
            _workers.Run(_tiling.Chunks, _phases[0]);
        }

        _norms.CombineMoments();
    }

    private float* Inputs(int worker) => (float*)(_workspace.Bytes + _parts.RoundOf(worker));

    private float* Products(int worker) => (float*)(_workspace.Bytes + _parts.RoundOf(worker) + _parts.ProductsOffset);

    private byte* Scratch(int worker) => _workspace.Bytes + _parts.ScratchOf(worker, _workers.Count);

    // `place` is the chunk's place in the round, `group` that in the pass.
    private void TransformInput(int chunk, int place, int firstGroup, int group, int worker)
    {
        float* points = Inputs(worker) + ((((long)group * _tiling.Slots) + ((long)place * _tiling.ChunkTiles)) * TIsa.Lanes);
        _input.Transform(chunk, firstGroup + group, points, (float*)Scratch(worker));
    }

    private void TransformOutput(int chunk, int place, int group, int worker)
    {
        float* products = Products(worker) + ((((long)group * _tiling.Slots) + ((long)place * _tiling.ChunkTiles)) * TIsa.Lanes);
        _output.Transform(chunk, group, products, (float*)(Scratch(worker) + _parts.OutputOffset));
    }

    // All blocks of output channels of one point, with packed weights [point][block][ic][lane].
    private void Multiply(int point, int firstChunk, int chunks, int firstGroup, int groups, int worker)
    {
        int channels = _tiling.InputChannels;
        int padded = _tiling.OutputGroups * TIsa.Lanes;
        float* weights = _weight.Floats + ((long)point * channels * padded);
        for (int oc = 0; oc < padded; oc += _tiling.BlockLanes)
        {
            int lanes = Math.Min(_tiling.BlockLanes, padded - oc);
            float* first = weights + ((long)oc * channels) + ((long)_tiling.ChannelsBefore(firstGroup) * lanes);
            MultiplyBlock(point, oc, firstChunk, chunks, firstGroup, groups, _tiling.IsShared ? firstGroup : 0, first, worker);
        }
    }

    // One block of output channels of one point; `weights` are those of the first group, which lies at `place` among the transformed inputs.
    private void MultiplyBlock(int point, int oc, int firstChunk, int chunks, int firstGroup, int groups, int place, float* weights, int worker)
    {
        int groupStride = _tiling.Slots * TIsa.Lanes;
        int lanes = Math.Min(_tiling.BlockLanes, (_tiling.OutputGroups * TIsa.Lanes) - oc);
        float* inputs = Inputs(worker) + ((long)point * _tiling.InputPointStride) + ((long)place * groupStride);
        float* products = Products(worker) + ((long)point * _tiling.ProductPointStride) + ((long)(oc / TIsa.Lanes) * groupStride);
        WinogradRows rows = new() { InputGroup = groupStride, ProductGroup = groupStride, OutputGroups = lanes / TIsa.Lanes };
        // Runs of whole vectors are one product; a vector of fewer channels ends a run.
        for (int from = 0, to; from < groups; from = to)
        {
            to = from + 1;
            while (to < groups && _tiling.ChannelsOf(firstGroup + to - 1) == TIsa.Lanes)
                to++;
            rows.Accumulate = firstGroup + from > 0;
            rows.Channels = _tiling.ChannelsBefore(firstGroup + to - 1) + _tiling.ChannelsOf(firstGroup + to - 1) - _tiling.ChannelsBefore(firstGroup + from);
            rows.Weights = weights;
            for (int chunk = 0; chunk < chunks; chunk++)
            {
                int first = chunk * _tiling.ChunkTiles;
                int end = first + _tiling.TilesOf(firstChunk + chunk);
                for (int tile = first; tile < end; tile += Conv3dWinogradTiling.RowsPerProduct)
                {
                    rows.Inputs = inputs + ((long)from * groupStride) + (tile * TIsa.Lanes);
                    rows.Products = products + (tile * TIsa.Lanes);
                    TProduct.Run(&rows);
                }
            }

            weights += (long)rows.Channels * lanes;
        }
    }

    // All points of one block of output channels, with weights transformed here and now.
    private void MultiplyTransforming(int block, int worker)
    {
        int oc = block * _tiling.BlockLanes;
        int lanes = Math.Min(_tiling.BlockLanes, (_tiling.OutputGroups * TIsa.Lanes) - oc);
        float* slab = (float*)(Scratch(worker) + _parts.SlabOffset);
        for (int firstGroup = 0; firstGroup < _tiling.Groups; firstGroup += _tiling.SlabGroups)
        {
            int groups = Math.Min(_tiling.SlabGroups, _tiling.Groups - firstGroup);
            int firstIc = _tiling.ChannelsBefore(firstGroup);
            int channels = _tiling.ChannelsBefore(firstGroup + groups - 1) + _tiling.ChannelsOf(firstGroup + groups - 1) - firstIc;
            _weights!.Transform(oc, lanes, firstIc, channels, slab, slab + _tiling.SlabElements);
            for (int point = 0; point < _tiling.PointCount; point++)
                MultiplyBlock(point, oc, _firstChunk, _chunks, firstGroup, groups, firstGroup, slab + ((long)point * _tiling.SlabPointStride), worker);
        }
    }

    /// <summary>A worker does everything for one chunk.</summary>
    private sealed class ChunkPhase(WinogradStep<TIsa, V, TProduct> step) : IParallelBody
    {
        public void Execute(int index, int worker)
        {
            Conv3dWinogradTiling tiling = step._tiling;
            for (int firstGroup = 0; firstGroup < tiling.Groups; firstGroup += tiling.GroupsPerPass)
            {
                int groups = Math.Min(tiling.GroupsPerPass, tiling.Groups - firstGroup);
                for (int group = 0; group < groups; group++)
                    step.TransformInput(index, 0, firstGroup, group, worker);
                for (int point = 0; point < tiling.PointCount; point++)
                    step.Multiply(point, index, 1, firstGroup, groups, worker);
            }

            for (int group = 0; group < tiling.OutputGroups; group++)
                step.TransformOutput(index, 0, group, worker);
        }
    }

    private sealed class InputPhase(WinogradStep<TIsa, V, TProduct> step) : IParallelBody
    {
        public void Execute(int index, int worker)
        {
            int chunk = index / step._tiling.Groups;
            step.TransformInput(step._firstChunk + chunk, chunk, 0, index % step._tiling.Groups, worker);
        }
    }

    private sealed class ProductPhase(WinogradStep<TIsa, V, TProduct> step) : IParallelBody
    {
        public void Execute(int index, int worker) => step.Multiply(index, step._firstChunk, step._chunks, 0, step._tiling.Groups, worker);
    }

    private sealed class LateProductPhase(WinogradStep<TIsa, V, TProduct> step) : IParallelBody
    {
        public void Execute(int index, int worker) => step.MultiplyTransforming(index, worker);
    }

    private sealed class OutputPhase(WinogradStep<TIsa, V, TProduct> step) : IParallelBody
    {
        public void Execute(int index, int worker)
        {
            int chunk = index / step._tiling.OutputGroups;
            step.TransformOutput(step._firstChunk + chunk, chunk, index % step._tiling.OutputGroups, worker);
        }
    }
}
