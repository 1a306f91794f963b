using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.Engine;

/// <summary>Convolutions of a concatenation, and their weight gradients, read its two parts; the concatenated tensor never exists.</summary>
internal sealed class ConcatAsTwoSources : Rewrite
{
    private protected override void TryApply(Graph graph, OpNode node, KernelChoice choice)
    {
        if (node.Op is not ConcatChannelsOp || !graph.AllReaders(node.Output, reader => OfTwoSources(reader.Op) is not null && reader.Inputs[0] == node.Output))
            return;
        List<OpNode> readers = graph.ReadersOf(node.Output);
        List<OpNode> replacements = [.. readers.Select(reader =>
            new OpNode(OfTwoSources(reader.Op)!, [.. node.Inputs, .. reader.Inputs.Skip(1)], reader.Output, reader.SideOutput))];
        if (!replacements.TrueForAll(replacement => choice.CanRun(replacement)))
            return;
        graph.Remove(node);
        for (int i = 0; i < readers.Count; i++)
            graph.Replace(readers[i], replacements[i]);
    }

    private static Op? OfTwoSources(Op op) => op switch
    {
        Conv3dOp { Sources: 1, NormalisedSourceSlope: null } conv when conv.FirstSourceFactor == Int3.One => conv with { Sources = 2 },
        Conv3dWeightGradientOp { Sources: 1 } gradient when gradient.FirstSourceFactor == Int3.One => gradient with { Sources = 2 },
        _ => null,
    };
}
