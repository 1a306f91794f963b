using STUNet.Core;

namespace STUNet.Engine;

/// <summary>What a plan will do and what memory it takes, known before any is allocated.</summary>
/// <param name="Steps">The steps in order.</param>
/// <param name="ArenaBytes">Memory of intermediates and scratch; one arena per plan.</param>
/// <param name="InputBytes">Memory of inputs, per plan.</param>
/// <param name="ConstantBytes">Memory of packed constant parameters, shared by all plans of a compiled model.</param>
/// <param name="VariableBytes">Memory of variable parameters, those of an optimiser among them, shared likewise.</param>
public sealed record PlanReport(IReadOnlyList<StepReport> Steps, long ArenaBytes, long InputBytes, long ConstantBytes, long VariableBytes)
{
    /// <summary>What a plan would do and need on a device, which need not be there; nothing is allocated.</summary>
    /// <param name="tape">The recording.</param>
    /// <param name="device">The device.</param>
    /// <param name="options">How to plan it.</param>
    public static PlanReport Of(Tape tape, Device device, PlanOptions options) => new PlanLayout(tape, device, options).Report;

    /// <summary>Operations and bytes of all steps.</summary>
    public WorkEstimate Work => new(Steps.Sum(step => step.Work.Flops), Steps.Sum(step => step.Work.Bytes));
}

/// <summary>One step of a plan.</summary>
/// <param name="Label">What it computes.</param>
/// <param name="Problem">Op and sizes.</param>
/// <param name="Kernel">The kernel chosen.</param>
/// <param name="Work">Operations and bytes.</param>
/// <param name="Output">Its output as stored.</param>
/// <param name="WorkspaceBytes">Scratch of the step.</param>
/// <param name="Candidates">Every kernel that could have done it, the cheapest by prediction first: why this one was chosen.</param>
/// <param name="UsesTensorCores">Whether the kernel multiplies on the device's matrix units.</param>
public sealed record StepReport(
    string Label, string Problem, string Kernel, WorkEstimate Work, TensorDesc Output, long WorkspaceBytes, IReadOnlyList<KernelCandidate> Candidates, bool UsesTensorCores);

/// <summary>A kernel that supports a step.</summary>
/// <param name="Kernel">Its name.</param>
/// <param name="Cost">Its predicted time, in units that only the kernels of one op share; 0 where nothing is predicted.</param>
public sealed record KernelCandidate(string Kernel, double Cost);
