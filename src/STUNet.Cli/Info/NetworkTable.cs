using STUNet.Core;
using STUNet.Engine;
using STUNet.Kernels;
using STUNet.Model;

namespace STUNet.Cli;

/// <summary>What a network consists of and costs, read off its recording: one row per convolution.</summary>
/// <param name="Layers">The convolutions in order, each with the norm that follows it.</param>
internal sealed record NetworkTable(IReadOnlyList<LayerRow> Layers)
{
    /// <summary>All parameters.</summary>
    public long Parameters => Layers.Sum(layer => layer.Parameters);

    /// <summary>Multiply-adds of all convolutions, all heads included, biases not.</summary>
    public long ConvolutionMacs => Layers.Sum(layer => layer.ConvolutionMacs);

    /// <summary>
    /// Multiply-adds as the published table counts them: every weight and every bias of a convolution once per output voxel, all heads included.
    /// </summary>
    public long PublishedMacs => ConvolutionMacs + Layers.Sum(layer => layer.BiasAdds);

    /// <summary>Records a network at a patch size and reads the table off.</summary>
    /// <param name="config">The architecture.</param>
    /// <param name="patch">Patch (z, y, x), divisible by the strides.</param>
    public static NetworkTable Of(StuNetConfig config, Int3 patch)
    {
        Tape tape = new();
        Value input = tape.Input("input", new TensorDesc(new Shape(1, config.InputChannels, patch)));
        StuNet.Forward(tape, config, input);
        List<LayerRow> rows = [];
        foreach (OpNode node in tape.Nodes)
        {
            long parameters = node.Inputs.Where(value => value.Kind == ValueKind.Constant).Sum(value => value.Desc.Shape.Count);
            if (node.Op is Conv3dOp)
            {
                Shape output = node.Output.Desc.Shape;
                long macs = node.Op.Estimate([.. node.Inputs.Select(value => value.Desc)], node.Output.Desc).Flops / 2;
                rows.Add(new LayerRow(node.Output.Name, $"{output.C}x{output.Size}", parameters, macs, output.Count, output.Count * sizeof(float)));
            }
            else if (parameters > 0)
            {
                rows[^1] = rows[^1] with { Parameters = rows[^1].Parameters + parameters };
            }
        }

        return new NetworkTable(rows);
    }

    /// <summary>The same with one row per residual block: its shape and output are those of its second convolution.</summary>
    public IReadOnlyList<LayerRow> Blocks() =>
    [
        .. Layers.GroupBy(layer => BlockOf(layer.Name)).Select(block =>
        {
            LayerRow last = block.LastOrDefault(layer => layer.Name.EndsWith(".conv2", StringComparison.Ordinal)) ?? block.Last();
            return new LayerRow(
                block.Key, last.Shape, block.Sum(layer => layer.Parameters), block.Sum(layer => layer.ConvolutionMacs), block.Sum(layer => layer.BiasAdds), last.OutputBytes);
        }),
    ];

    private static string BlockOf(string layer) =>
        layer.StartsWith("conv_blocks", StringComparison.Ordinal) ? layer[..layer.LastIndexOf('.')] : layer;
}
