namespace STUNet.Core;

/// <summary>
/// The base of every error that a user can cause and mend. The message is one sentence that names the file or flag, the field, what was
/// found, and the fix; the command line prints it as it is, without a stack trace.
/// </summary>
public abstract class StuNetException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">One complete sentence for the user.</param>
    /// <param name="inner">The cause, shown only with <c>--verbose</c>.</param>
    protected StuNetException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
