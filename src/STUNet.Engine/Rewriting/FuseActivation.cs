using STUNet.Kernels;

namespace STUNet.Engine;

/// <summary>leaky_relu(norm(x) [+ r]) in one pass. The backward pass needs the sign of the activation's output only, which stays.</summary>
internal sealed class FuseActivation : Rewrite
{
    private protected override void TryApply(Graph graph, OpNode node, KernelChoice choice)
    {
        if (node.Op is not InstanceNormApplyOp { ActivationSlope: 1 } norm
            || graph.OnlyReaderOf(node.Output) is not { Op: LeakyReluOp activation } reader)
            return;
        OpNode fused = new(norm with { ActivationSlope = activation.Slope }, node.Inputs, reader.Output);
        if (!choice.CanRun(fused))
            return;
        graph.Remove(node);
        graph.Replace(reader, fused);
    }
}
