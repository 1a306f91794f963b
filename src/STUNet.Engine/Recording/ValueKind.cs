namespace STUNet.Engine;

/// <summary>Where a value's memory comes from.</summary>
public enum ValueKind
{
    /// <summary>Memory of the plan that the caller fills and that lasts from run to run.</summary>
    Input,

    /// <summary>A parameter that never changes: packed once, shared by all plans of a compiled model.</summary>
    Constant,

    /// <summary>A parameter that may change between runs: packed by steps of the plan.</summary>
    Variable,

    /// <summary>The result of an op: an offset in the plan's arena.</summary>
    Intermediate,
}
