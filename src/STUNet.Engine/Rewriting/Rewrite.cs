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
        new ActivationInNormGradient(),
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
    /// <param name="choice">A rule is applied only where there is a kernel for the new op.</param>
    internal void Apply(Graph graph, KernelChoice choice)
    {
        foreach (OpNode node in graph.Nodes.ToArray())
        {
            if (graph.Nodes.Contains(node))
                TryApply(graph, node, choice);
        }
    }

    private protected abstract void TryApply(Graph graph, OpNode node, KernelChoice choice);

    private protected static bool IsPointwiseConvolution(OpNode node) =>
        node.Op is Kernels.Conv3dOp { Sources: 1 } conv && conv.Kernel == Int3.One && conv.Stride == Int3.One && conv.FirstSourceFactor == Int3.One
        && conv.InputCount == 3 && conv.StatisticsEpsilon is null && conv.OutputLayout == Layout.NDHWC;
}
