using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Winograd's convolution (<see cref="WinogradFilter"/>), channels last, for kernels of 3 or 1 taps an axis and stride 1. Tiles are transformed,
/// multiplied point by point with the transformed weights and transformed back. Tiles of 4 along all axes need 216 products for 64 outputs, an
/// eighth of the direct sum's. Order of additions of one output: the transforms', and in every point pass by pass and channel by channel; it depends
/// on the shapes only. Weights are transformed when they are packed, up to a bound on their size, or else in every run: transformed they take 2 to 8
/// times their memory.
/// </summary>
internal sealed class Conv3dWinograd<TIsa, V, TProduct>(Int3 tile, bool transformsWeights) : IKernel
    where TIsa : struct, IVectorIsa<V>
    where V : struct
    where TProduct : struct, IWinogradProduct
{
    public string Name { get; } = $"ForwardWinograd{tile}{(transformsWeights ? "LateWeights" : "")}{TProduct.Level}";

    public bool IsExact => false;

    // Transformed weights that one layer may keep.
    private const long MaxWeightBytes = 32 << 20;

    public bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps)
    {
        if (op is not Conv3dOp { NormalisedAddendSlope: null, OutputLayout: Layout.NDHWC } conv || caps.Simd < TProduct.Level || conv.Stride != Int3.One
            || conv.NormalisedSourceSlope is < 0 or > 1)
            return false;
        for (int axis = 0; axis < 3; axis++)
        {
            if (conv.Kernel[axis] != (tile[axis] == 1 ? 1 : 3))
                return false;
        }

        for (int i = 0; i < conv.Sources; i++)
        {
            if (operands[i].ChannelPitch % TIsa.Lanes != 0)
                return false;
        }

        return operands[^1].ChannelPitch % TIsa.Lanes == 0 && (transformsWeights || PackedBytes(operands[conv.WeightOperand].Shape) <= MaxWeightBytes) && Conv3dCpu.HasPlanLayouts(conv, operands);
    }

    public double Cost(Op op, ReadOnlySpan<TensorDesc> operands) => Conv3dCost.Winograd(TilingOf((Conv3dOp)op, operands), TProduct.Level);

    public long WorkspaceBytes(Op op, ReadOnlySpan<TensorDesc> operands, Device device) =>
        new WinogradWorkspace<TIsa, V>((Conv3dOp)op, operands, TilingOf((Conv3dOp)op, operands)).ByteLength(((CpuDevice)device).Workers.Count);

    public Packing? PackingOf(Op op, ReadOnlySpan<TensorDesc> operands, int operand)
    {
        if (operand != ((Conv3dOp)op).WeightOperand)
            return null;
        Shape weight = operands[operand].Shape;
        if (!transformsWeights)
            return new WinogradWeightPacking(tile, TIsa.Lanes, TProduct.BlockLanes, weight);
        int lastLanes = (((((weight.N - 1) % TProduct.BlockLanes) / TIsa.Lanes) + 1) * TIsa.Lanes);
        return new Conv3dWeightPacking(TProduct.BlockLanes, lastLanes, ChannelBlock: 1, weight);
    }

    public Step Bind(Op op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, Device device)
    {
        TensorDesc[] descs = Operands.DescsOf(operands);
        Conv3dWinogradTiling tiling = TilingOf((Conv3dOp)op, descs);
        WinogradWorkspace<TIsa, V> parts = new((Conv3dOp)op, descs, tiling);
        return new WinogradStep<TIsa, V, TProduct>((Conv3dOp)op, operands, tiling, parts, workspace, ((CpuDevice)device).Workers);
    }

    private Conv3dWinogradTiling TilingOf(Conv3dOp op, ReadOnlySpan<TensorDesc> operands) => new(op, operands, tile, TIsa.Lanes, TProduct.BlockLanes, transformsWeights);

    private long PackedBytes(Shape weight) => WinogradWeightPacking.ByteLengthOf(tile, TIsa.Lanes, weight);
}
