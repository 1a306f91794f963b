namespace STUNet.Core;

/// <summary>What steps see of one run of their plan. One object per plan, refilled for every run.</summary>
public sealed class RunContext
{
    private RunArguments _arguments;

    /// <summary>The arguments of the run in progress.</summary>
    public ref RunArguments Arguments => ref _arguments;
}
