using STUNet.Kernels;

namespace STUNet.Engine;

/// <summary>
/// A norm takes a bias before it off again, so the bias has a gradient of 0, and no pass over the gradients need find it: of dx = gamma * rstd * (dy - sum(dy) / V - xn * sum(dy * xn) / V) the sum over
/// the V voxels is -gamma * rstd * sum(xn) * sum(dy * xn) / V, and sum(xn) is 0. Summed up, roundings are all that would be left.
/// </summary>
internal sealed class NoBiasGradientBeforeNorm : Rewrite
{
    private protected override void TryApply(Graph graph, OpNode node, KernelChoice choice)
    {
        if (node.Op is not ChannelSumOp || graph.ProducerOf(node.Inputs[0])?.Op is not InstanceNormGradientOp)
            return;
        OpNode zero = new(new FillOp(0, node.Output.Desc), [], node.Output);
        if (choice.CanRun(zero))
            graph.Replace(node, zero);
    }
}
