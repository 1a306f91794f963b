using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.Engine;

/// <summary>Head, softmax (where there is one) and accumulation in one pass: logits and probabilities of the window never exist.</summary>
internal sealed class StreamHead : Rewrite
{
    private protected override void TryApply(Graph graph, OpNode node, KernelChoice choice)
    {
        if (!IsPointwiseConvolution(node) || graph.OnlyReaderOf(node.Output) is not { } reader)
            return;
        // Logits of 16 bits are cast for the softmax; the fused op keeps them in float32.
        OpNode? cast = reader.Op is CastOp { Target: DType.F32 } ? reader : null;
        if (cast is not null)
        {
            if (graph.OnlyReaderOf(cast.Output) is not { } next)
                return;
            reader = next;
        }

        OpNode? softmax = reader.Op is SoftmaxOp ? reader : null;
        if ((softmax is null ? reader : graph.OnlyReaderOf(softmax.Output)) is not { Op: GaussianAccumulateOp } accumulate)
            return;
        OpNode fused = new(new HeadAccumulateOp(Softmax: softmax is not null), [.. node.Inputs, accumulate.Inputs[1]], accumulate.Output);
        if (!choice.CanRun(fused))
            return;
        graph.Remove(node);
        if (cast is not null)
            graph.Remove(cast);
        if (softmax is not null)
            graph.Remove(softmax);
        graph.Replace(accumulate, fused);
    }
}
