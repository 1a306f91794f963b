namespace STUNet.Tests.Golden;

/// <summary>
/// The golden entries that belong to work not yet done, each with the reason; the only lists of their kind. An entry is <c>file</c>,
/// <c>file#case</c> or <c>file:tensor</c>; <c>*</c> stands for any text. Whoever does the work deletes the line.
/// </summary>
internal static class LaterEntries
{
    /// <summary>Of the set about the network.</summary>
    public static IReadOnlyList<(string Pattern, string Reason)> Main { get; } = [];

    /// <summary>Of the set about what surrounds the network.</summary>
    public static IReadOnlyList<(string Pattern, string Reason)> Nnunet { get; } = [];
}
