using STUNet.Kernels;

namespace STUNet.Engine;

/// <summary>A pointwise convolution stores its output in the layout that the only reader would bring it to.</summary>
internal sealed class RelayoutInConvolution : Rewrite
{
    private protected override void TryApply(Graph graph, OpNode node, KernelChoice choice)
    {
        if (!IsPointwiseConvolution(node) || graph.OnlyReaderOf(node.Output) is not { Op: RelayoutOp relayout } reader)
            return;
        OpNode fused = new((Conv3dOp)node.Op with { OutputLayout = relayout.Target }, node.Inputs, reader.Output);
        if (!choice.CanRun(fused))
            return;
        graph.Remove(node);
        graph.Replace(reader, fused);
    }
}
