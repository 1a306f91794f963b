using System.Reflection;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>A kernel by tiles: what its tile and its element say of it.</summary>
/// <typeparam name="TBlock">The tile of a group.</typeparam>
/// <typeparam name="TElement">What is multiplied.</typeparam>
internal abstract class GpuTileKernel<TBlock, TElement> : IGpuKernel
    where TBlock : struct, IGpuBlockTile
    where TElement : struct, IGpuElement
{
    public string Name => $"{TileFamily}_{TileRows}x{TileColumns}";

    public string TileFamily => $"{Pass}{GpuElementName.Of(Precision)}";

    public virtual bool IsExact => !RoundsOperands;

    public bool RoundsOperands => Precision == Precision.TF32;

    public bool UsesTensorCores => Precision != Precision.F32;

    public abstract IReadOnlyList<MethodInfo> Bodies { get; }

    /// <summary>Pass and way, such as <c>ForwardGather</c>.</summary>
    protected abstract string Pass { get; }

    protected static Precision Precision { get; } = default(TElement).Precision;

    /// <summary>The element type in memory.</summary>
    protected static DType Type { get; } = Precision.Activations();

    protected static int TileRows { get; } = default(TBlock).Rows;

    protected static int TileColumns { get; } = default(TBlock).Columns;

    public abstract bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps);

    public abstract double Cost(Op op, ReadOnlySpan<TensorDesc> operands);

    public abstract long WorkspaceBytes(Op op, ReadOnlySpan<TensorDesc> operands, Device device);

    public virtual Packing? PackingOf(Op op, ReadOnlySpan<TensorDesc> operands, int operand) => null;

    public abstract Step Bind(Op op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, Device device);

    /// <summary>Whether an activation, or its gradient, has the element type and lies as tiles read and store it.</summary>
    protected static bool Fits(TensorDesc operand) => operand.DType == Type && operand.Layout == Layout.NDHWC;

    /// <summary>Whether its voxels begin at multiples of 16 bytes besides.</summary>
    protected static bool HasChunks(TensorDesc operand) => operand.ChannelPitch * Type.Size() % GpuWord4.ByteLength == 0;

    /// <summary>Whether a forward convolution's output and parameters fit.</summary>
    protected static bool FitBehindSources(Conv3dOp op, ReadOnlySpan<TensorDesc> operands) =>
        Fits(operands[^1]) && operands[op.WeightOperand] is { DType: DType.F32, Layout: Layout.NCDHW } && operands[op.BiasOperand].DType == DType.F32;
}
