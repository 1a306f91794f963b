using STUNet.Kernels;

namespace STUNet.Engine;

/// <summary>
/// leaky_relu(norm(x) + shortcut) where the shortcut is a convolution: its epilogue adds the normalised x and activates, so the shortcut's own output
/// never exists. The convolution moves to where the sum was.
/// </summary>
internal sealed class CloseBlockInShortcut : Rewrite
{
    private protected override void TryApply(Graph graph, OpNode node, KernelChoice choice)
    {
        if (node.Op is not InstanceNormApplyOp { HasResidual: true } norm
            || graph.ProducerOf(node.Inputs[4]) is not { Op: Conv3dOp { NormalisedAddendSlope: null, StatisticsEpsilon: null } conv } shortcut
            || graph.OnlyReaderOf(node.Inputs[4]) != node || node.Inputs.Take(4).Contains(node.Inputs[4]))
            return;
        OpNode fused = new(conv with { NormalisedAddendSlope = norm.ActivationSlope }, [.. shortcut.Inputs, .. node.Inputs.Take(4)], node.Output);
        if (!choice.CanRun(fused))
            return;
        graph.Remove(shortcut);
        graph.Replace(node, fused);
    }
}
