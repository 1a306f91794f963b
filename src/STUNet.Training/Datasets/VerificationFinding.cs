namespace STUNet.Training;

/// <summary>One thing found wrong or odd.</summary>
/// <param name="Severity">How much it matters.</param>
/// <param name="Check">The check that found it.</param>
/// <param name="Case">The case; empty for the data set as a whole.</param>
/// <param name="File">The file.</param>
/// <param name="Message">What is wrong, one sentence.</param>
public sealed record VerificationFinding(FindingSeverity Severity, VerificationCheck Check, string Case, string File, string Message);
