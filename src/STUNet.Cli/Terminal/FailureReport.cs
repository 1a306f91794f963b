using STUNet.Core;

namespace STUNet.Cli;

/// <summary>Failures in one line.</summary>
internal static class FailureReport
{
    /// <summary>Prints a failure, its stack trace only with <c>--verbose</c>.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="failure">The failure.</param>
    /// <param name="subject">The case it belongs to; empty where there is only one.</param>
    /// <returns>The exit code.</returns>
    public static int Report(this CommandConsole console, Exception failure, string subject = "")
    {
        string prefix = subject.Length == 0 ? "" : $"{subject}: ";
        console.Fail(prefix + Sentence(failure).ReplaceLineEndings(" "));
        console.Detail(failure.ToString());
        return ExitCode.Of(failure);
    }

    private static string Sentence(Exception failure) => failure switch
    {
        AggregateException { InnerException: { } inner } => Sentence(inner),
        StuNetException => failure.Message,
        OperationCanceledException => "cancelled; nothing was left half written.",
        OutOfMemoryException => "the machine ran out of memory; end other programs, or take a smaller model; predict has --memory-limit and --mode fast, train and finetune --recompute blocks and fewer --workers.",
        IOException or UnauthorizedAccessException => failure.Message,
        _ => $"internal error, {failure.GetType().Name}: {failure.Message} (run with --verbose and report it)",
    };
}
