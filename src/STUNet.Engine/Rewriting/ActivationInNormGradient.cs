using STUNet.Kernels;

namespace STUNet.Engine;

/// <summary>
/// The gradient of leaky_relu(norm(x)): which sign the activation saw follows from x, its statistics, gamma and beta, so the norm's gradients find it themselves, and the activation's
/// gradient, which as large as the volume is written and read twice, never exists. The sign is that of a value computed anew: where it is within rounding of 0 it may be the other one.
/// </summary>
internal sealed class ActivationInNormGradient : Rewrite
{
    private protected override void TryApply(Graph graph, OpNode node, KernelChoice choice)
    {
        if (node.Op is not LeakyReluGradientOp activation
            || graph.ProducerOf(node.Inputs[0]) is not { Op: InstanceNormApplyOp { HasResidual: false } norm } applied || norm.ActivationSlope != activation.Slope
            || graph.ReadersOf(node.Output) is not [{ Op: InstanceNormGradientSumsOp { ActivationSlope: 1 } } sums, { Op: InstanceNormGradientOp { ActivationSlope: 1 } } gradient]
            || !graph.AllReaders(node.Output, reader => reader.Inputs[0] == applied.Inputs[0] && reader.Inputs[1] == applied.Inputs[1])) // source and statistics
            return;
        (Value gamma, Value beta, Value dy) = (applied.Inputs[2], applied.Inputs[3], node.Inputs[1]);
        OpNode fusedSums = new(new InstanceNormGradientSumsOp(activation.Slope), [sums.Inputs[0], sums.Inputs[1], dy, gamma, beta], sums.Output);
        OpNode fusedGradient = new(new InstanceNormGradientOp(activation.Slope), [.. gradient.Inputs.Take(4), dy, beta], gradient.Output);
        if (!choice.CanRun(fusedSums) || !choice.CanRun(fusedGradient))
            return;
        graph.Remove(node);
        graph.Replace(sums, fusedSums);
        graph.Replace(gradient, fusedGradient);
    }
}
