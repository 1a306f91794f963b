using STUNet.Kernels;

namespace STUNet.Engine;

/// <summary>norm(x) + r in one pass over the voxels, rounding once less than the two ops.</summary>
internal sealed class FuseResidual : Rewrite
{
    private protected override void TryApply(Graph graph, OpNode node, KernelChoice choice)
    {
        if (node.Op is not InstanceNormApplyOp { HasResidual: false, ActivationSlope: 1 } norm
            || graph.OnlyReaderOf(node.Output) is not { Op: AddOp } add || add.Inputs[0] == add.Inputs[1])
            return;
        Value residual = add.Inputs[0] == node.Output ? add.Inputs[1] : add.Inputs[0];
        OpNode fused = new(norm with { HasResidual = true }, [.. node.Inputs, residual], add.Output);
        if (!choice.CanRun(fused))
            return;
        graph.Remove(node);
        graph.Replace(add, fused);
    }
}
