using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.Engine;

/// <summary>Convolutions of a concatenation read its two parts; the concatenated tensor never exists.</summary>
internal sealed class ConcatAsTwoSources : Rewrite
{
    private protected override void TryApply(Graph graph, OpNode node, Device device)
    {
        if (node.Op is not ConcatChannelsOp
            || !graph.AllReaders(node.Output, reader => reader.Op is Conv3dOp { Sources: 1, NormalisedSourceSlope: null } conv && conv.FirstSourceFactor == Int3.One && reader.Inputs[0] == node.Output))
            return;
        List<OpNode> readers = graph.ReadersOf(node.Output);
        List<OpNode> replacements = [.. readers.Select(reader =>
            new OpNode((Conv3dOp)reader.Op with { Sources = 2 }, [.. node.Inputs, .. reader.Inputs.Skip(1)], reader.Output, reader.SideOutput))];
        if (!replacements.TrueForAll(replacement => CanRun(device, replacement)))
            return;
        graph.Remove(node);
        for (int i = 0; i < readers.Count; i++)
            graph.Replace(readers[i], replacements[i]);
    }
}
