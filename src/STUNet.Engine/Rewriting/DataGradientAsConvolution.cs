using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.Engine;

/// <summary>
/// The data gradient of a convolution of stride 1 is the convolution of the output's gradient with the flipped, transposed weight: what makes
/// convolutions fast serves it too.
/// </summary>
internal sealed class DataGradientAsConvolution : Rewrite
{
    private protected override void TryApply(Graph graph, OpNode node, KernelChoice choice)
    {
        if (node.Op is not Conv3dDataGradientOp op || op.Stride != Int3.One)
            return;
        Conv3dFlipWeightOp flip = new();
        Value weight = node.Inputs[1];
        Value flipped = new(ValueKind.Intermediate, flip.InferOutput([weight.Desc]), $"{node.Output.Name}.weight");
        FillOp zero = new(0, new TensorDesc(Shape.Channels(node.Output.Desc.Shape.C), Layout.NCDHW));
        Value bias = new(ValueKind.Intermediate, zero.Output, $"{node.Output.Name}.bias");
        OpNode convolution = new(new Conv3dOp(op.Kernel, op.Stride), [node.Inputs[0], flipped, bias], node.Output);
        if (choice.CanRun(convolution))
            graph.Replace(node, new OpNode(flip, [weight], flipped), new OpNode(zero, [], bias), convolution);
    }
}
