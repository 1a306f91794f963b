using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.Engine;

/// <summary>Convolutions normalise their source while they load it; the normalised tensor never exists.</summary>
internal sealed class NormaliseInConvolution : Rewrite
{
    private protected override void TryApply(Graph graph, OpNode node, KernelChoice choice)
    {
        if (node.Op is not InstanceNormApplyOp { HasResidual: false } norm || graph.OnlyReaderOf(node.Output) is not { Op: Conv3dOp conv } reader
            || conv.Sources != 1 || conv.FirstSourceFactor != Int3.One || conv.NormalisedSourceSlope is not null || reader.Inputs[0] != node.Output)
            return;
        Value[] inputs = [node.Inputs[0], reader.Inputs[1], reader.Inputs[2], .. node.Inputs.Skip(1), .. reader.Inputs.Skip(3)];
        OpNode fused = new(conv with { NormalisedSourceSlope = norm.ActivationSlope }, inputs, reader.Output, reader.SideOutput);
        if (!choice.CanRun(fused))
            return;
        graph.Remove(node);
        graph.Replace(reader, fused);
    }
}
