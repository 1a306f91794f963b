namespace STUNet.Core;

/// <summary>How far a plan is bound to a device.</summary>
/// <param name="Done">Steps that are.</param>
/// <param name="Total">All steps.</param>
public readonly record struct BindingProgress(int Done, int Total);
