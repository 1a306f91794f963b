using STUNet.Core;

namespace STUNet.Engine;

/// <summary>
/// One rule that replaces ops by cheaper ones with the same result. A rewrite only removes a value that nobody else reads: what a backward
/// pass has recorded as read is thereby kept.
/// </summary>
public abstract class Rewrite
{
    /// <summary>Every rewrite, in the order they are applied.</summary>
    public static IReadOnlyList<Rewrite> All { get; } =
    [
        new NoBiasGradientBeforeNorm(),
        new DataGradientAsConvolution(),
        new ConvolveBeforeUpsample(),
        new FuseResidual(),
        new FuseActivation(),
        new ConcatAsTwoSources(),
        new UpsampleInConvolution(),
        new StatisticsInConvolution(),
        new NormaliseInConvolution(),
        new CloseBlockInShortcut(),
        new StreamHead(),
        new RelayoutInConvolution(),
    ];

    /// <summary>Applies the rule wherever it fits.</summary>
    /// <param name="graph">The graph to change.</param>
    /// <param name="device">A rule is applied only where this device has a kernel for the new op.</param>
    internal void Apply(Graph graph, Device device)
    {
        foreach (OpNode node in graph.Nodes.ToArray())
        {
            if (graph.Nodes.Contains(node))
                TryApply(graph, node, device);
        }
    }

    private protected abstract void TryApply(Graph graph, OpNode node, Device device);

    private protected static bool CanRun(Device device, OpNode node)
    {
        TensorDesc[] operands = [.. node.InputDescs.Concat(node.Made.Select(value => value.Desc)).Select(device.Padded)];
        // A reference, the last resort, predicts an endless time: what only it can do is not worth a rewrite.
        return device.KernelsFor(node.Op).Any(kernel => kernel.Supports(node.Op, operands, device.Caps) && kernel.Cost(node.Op, operands) < double.MaxValue);
    }

    private protected static bool IsPointwiseConvolution(OpNode node) =>
        node.Op is Kernels.Conv3dOp { Sources: 1 } conv && conv.Kernel == Int3.One && conv.Stride == Int3.One && conv.FirstSourceFactor == Int3.One
        && conv.InputCount == 3 && conv.StatisticsEpsilon is null && conv.OutputLayout == Layout.NDHWC;
}
