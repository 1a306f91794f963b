using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.Engine;

/// <summary>Convolutions of an upsampled first source read the small tensor; the upsampled one never exists.</summary>
internal sealed class UpsampleInConvolution : Rewrite
{
    private protected override void TryApply(Graph graph, OpNode node, Device device)
    {
        if (node.Op is not UpsampleNearestOp upsample || !graph.AllReaders(node.Output, ReadsAsFirstSourceOnly))
            return;
        List<OpNode> readers = graph.ReadersOf(node.Output);
        List<OpNode> replacements = [.. readers.Select(reader =>
            new OpNode((Conv3dOp)reader.Op with { FirstSourceFactor = upsample.Factor }, [node.Inputs[0], .. reader.Inputs.Skip(1)], reader.Output, reader.SideOutput))];
        if (!replacements.TrueForAll(replacement => CanRun(device, replacement)))
            return;
        graph.Remove(node);
        for (int i = 0; i < readers.Count; i++)
            graph.Replace(readers[i], replacements[i]);

        bool ReadsAsFirstSourceOnly(OpNode reader) =>
            reader.Op is Conv3dOp { NormalisedSourceSlope: null } conv && conv.FirstSourceFactor == Int3.One
            && reader.Inputs[0] == node.Output && !reader.Inputs.Skip(1).Contains(node.Output);
    }
}
