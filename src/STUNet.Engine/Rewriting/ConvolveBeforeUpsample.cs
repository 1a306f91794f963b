using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.Engine;

/// <summary>
/// conv1x1x1(upsample(x)) = upsample(conv1x1x1(x)), bit for bit: every output voxel of the left side is computed from the same source voxel as its
/// copies. The right side does it once instead of factor-many times.
/// </summary>
internal sealed class ConvolveBeforeUpsample : Rewrite
{
    private protected override void TryApply(Graph graph, OpNode node, KernelChoice choice)
    {
        if (node.Op is not UpsampleNearestOp || graph.OnlyReaderOf(node.Output) is not { } conv || !IsPointwiseConvolution(conv))
            return;
        Value[] inputs = [node.Inputs[0], conv.Inputs[1], conv.Inputs[2]];
        TensorDesc small = conv.Op.InferOutput([.. inputs.Select(input => input.Desc)]);
        Value convolved = new(ValueKind.Intermediate, small, conv.Output.Name + ".before_upsample");
        OpNode first = new(conv.Op, inputs, convolved);
        if (!choice.CanRun(first))
            return;
        graph.Remove(node);
        graph.Replace(conv, first, new OpNode(node.Op, [convolved], conv.Output));
    }
}
