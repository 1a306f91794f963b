using STUNet.Core;

namespace STUNet.Engine;

/// <summary>An op with the kernel chosen for it, or the packing of a variable parameter.</summary>
internal sealed record PlannedStep(
    OpNode Node, IKernel Kernel, TensorDesc[] Operands, long WorkspaceBytes, Packing?[] Packings, IReadOnlyList<KernelCandidate> Candidates)
{
    public StepReport Report => new(
        Node.Output.Name, Node.Op.Problem(Inputs, Operands[^1]), Kernel.Name, Node.Op.Estimate(Inputs, Operands[^1]), Operands[^1], WorkspaceBytes,
        Candidates, Kernel.UsesTensorCores);

    private ReadOnlySpan<TensorDesc> Inputs => Operands.AsSpan(0, Node.Inputs.Count);
}
