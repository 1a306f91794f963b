using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.Engine;

/// <summary>Convolutions of an upsampled first source, and their weight gradients, read the small tensor; the upsampled one never exists.</summary>
internal sealed class UpsampleInConvolution : Rewrite
{
    private protected override void TryApply(Graph graph, OpNode node, KernelChoice choice)
    {
        if (node.Op is not UpsampleNearestOp upsample || !graph.AllReaders(node.Output, ReadsAsFirstSourceOnly))
            return;
        List<OpNode> readers = graph.ReadersOf(node.Output);
        List<OpNode> replacements = [.. readers.Select(reader =>
            new OpNode(OfUpsampled(reader.Op, upsample.Factor)!, [node.Inputs[0], .. reader.Inputs.Skip(1)], reader.Output, reader.SideOutput))];
        if (!replacements.TrueForAll(replacement => choice.CanRun(replacement)))
            return;
        graph.Remove(node);
        for (int i = 0; i < readers.Count; i++)
            graph.Replace(readers[i], replacements[i]);

        bool ReadsAsFirstSourceOnly(OpNode reader) =>
            OfUpsampled(reader.Op, upsample.Factor) is not null && reader.Inputs[0] == node.Output && !reader.Inputs.Skip(1).Contains(node.Output);
    }

    private static Op? OfUpsampled(Op op, Int3 factor) => op switch
    {
        Conv3dOp { NormalisedSourceSlope: null } conv when conv.FirstSourceFactor == Int3.One => conv with { FirstSourceFactor = factor },
        Conv3dWeightGradientOp gradient when gradient.FirstSourceFactor == Int3.One => gradient with { FirstSourceFactor = factor },
        _ => null,
    };
}
