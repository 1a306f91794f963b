using STUNet.Core;

namespace STUNet.Engine;

/// <summary>Which kernels a plan may take on a device, and which it takes first.</summary>
/// <param name="Device">The device.</param>
/// <param name="Options">How the recording is planned.</param>
internal sealed record KernelChoice(Device Device, PlanOptions Options)
{
    /// <summary>Every kernel that may run a step, the first to take first: those that round their operands where that is asked for, then by predicted time.</summary>
    /// <param name="node">The step.</param>
    /// <param name="operands">Its operands as the device stores them.</param>
    public IReadOnlyList<(IKernel Kernel, double Cost)> CandidatesFor(OpNode node, TensorDesc[] operands) =>
    [
        .. Supporting(node, operands).Where(kernel => Options.KernelFilter?.Invoke(kernel) ?? true).Select(kernel => (Kernel: kernel, Cost: kernel.Cost(node.Op, operands)))
            .OrderByDescending(candidate => candidate.Kernel.RoundsOperands).ThenBy(candidate => candidate.Cost),
    ];

    /// <summary>Whether a rewritten step can run; a filter for tests has no say. A reference, the last resort, predicts an endless time: what only it can do is not worth a rewrite.</summary>
    /// <param name="node">The step.</param>
    public bool CanRun(OpNode node)
    {
        TensorDesc[] operands = OperandsOf(node);
        return Supporting(node, operands).Any(kernel => kernel.Cost(node.Op, operands) < double.MaxValue);
    }

    /// <summary>A step's operands as the device stores them.</summary>
    /// <param name="node">The step.</param>
    public TensorDesc[] OperandsOf(OpNode node) => [.. node.InputDescs.Concat(node.Made.Select(value => value.Desc)).Select(Device.Padded)];

    private IEnumerable<IKernel> Supporting(OpNode node, TensorDesc[] operands) =>
        Device.KernelsFor(node.Op).Where(kernel => IsWanted(kernel) && kernel.Supports(node.Op, operands, Device.Caps));

    private bool IsWanted(IKernel kernel) => (Options.TensorFloat32 || !kernel.RoundsOperands) && (kernel.IsExact || !Options.Exact);
}
