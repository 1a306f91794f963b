using STUNet.Kernels;

namespace STUNet.Engine;

/// <summary>The statistics of a norm fall off while the convolution before it writes its output: one pass over memory less.</summary>
internal sealed class StatisticsInConvolution : Rewrite
{
    private protected override void TryApply(Graph graph, OpNode node, KernelChoice choice)
    {
        if (node.Op is not InstanceNormStatisticsOp statistics
            || graph.ProducerOf(node.Inputs[0]) is not { Op: Conv3dOp { StatisticsEpsilon: null } conv } producer)
            return;
        OpNode fused = new(conv with { StatisticsEpsilon = statistics.Epsilon }, producer.Inputs, producer.Output, node.Output);
        if (!choice.CanRun(fused))
            return;
        graph.Remove(node);
        graph.Replace(producer, fused);
    }
}
