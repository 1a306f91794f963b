namespace STUNet.Core;

/// <summary>One implementation of one op on one kind of device. Stateless; everything of a problem is resolved in <see cref="Bind"/>.</summary>
/// <remarks>In every <c>operands</c> the inputs come first, in the op's order, then the side output if the op has one, and the output last.</remarks>
public interface IKernel
{
    /// <summary>Pass and algorithm, such as <c>ForwardDirectAvx512</c>: shown in profiles and asserted by tests.</summary>
    string Name { get; }

    /// <summary>Whether the kernel can do this problem on this device. Depends on nothing but its arguments.</summary>
    /// <param name="op">The op.</param>
    /// <param name="operands">Inputs, then output, as plans store them.</param>
    /// <param name="caps">The device.</param>
    bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps);

    /// <summary>Whether the kernel adds up the very products of the op's formula, in some order; false for algorithms that transform the operands, or round them.</summary>
    bool IsExact => !RoundsOperands;

    /// <summary>Whether the kernel rounds float32 operands to the 10 bits of mantissa of TF32, which matrix units multiply. A plan takes such a kernel only where it is asked to.</summary>
    bool RoundsOperands => false;

    /// <summary>Whether the kernel multiplies on the device's matrix units.</summary>
    bool UsesTensorCores => false;

    /// <summary>
    /// Kernels of one op that share this name differ in their tiles only: the same packing, the same scratch, the same bits. Which of them is taken may be found out by the clock. Empty for a
    /// kernel that has no such siblings.
    /// </summary>
    string TileFamily => "";

    /// <summary>
    /// Predicted time, in units that only the kernels of one op share. A plan takes the cheapest kernel that supports a problem, the first of equals;
    /// since the prediction sees nothing but shapes, the same device always takes the same one.
    /// </summary>
    /// <param name="op">The op.</param>
    /// <param name="operands">Inputs, then output.</param>
    double Cost(Op op, ReadOnlySpan<TensorDesc> operands) => 0;

    /// <summary>Scratch bytes of one run; may depend on the device's number of workers.</summary>
    /// <param name="op">The op.</param>
    /// <param name="operands">Inputs, then output.</param>
    /// <param name="device">The device.</param>
    long WorkspaceBytes(Op op, ReadOnlySpan<TensorDesc> operands, Device device) => 0;

    /// <summary>
    /// The input whose memory the output may take, because the kernel reads each of its elements before it writes the output's element there; -1 for
    /// none. A plan uses it where nothing reads that input afterwards.
    /// </summary>
    int InPlaceInput => -1;

    /// <summary>How an input parameter is to be rearranged before this kernel can read it; null to read it as it is.</summary>
    /// <param name="op">The op.</param>
    /// <param name="operands">Inputs, then output.</param>
    /// <param name="operand">Index of the input.</param>
    Packing? PackingOf(Op op, ReadOnlySpan<TensorDesc> operands, int operand) => null;

    /// <summary>Resolves everything for one place in one plan; running the step allocates nothing.</summary>
    /// <param name="op">The op.</param>
    /// <param name="operands">Inputs, then output; an input with a packing is its packed form.</param>
    /// <param name="workspace">Scratch of the size asked for, aligned to 64 bytes.</param>
    /// <param name="device">The device.</param>
    Step Bind(Op op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, Device device);
}
