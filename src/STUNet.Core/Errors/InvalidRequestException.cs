namespace STUNet.Core;

/// <summary>A request that cannot be served: a flag, an argument, or a combination of model, input and machine.</summary>
public class InvalidRequestException : StuNetException
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">One complete sentence that names the flag or argument, the problem and the fix.</param>
    /// <param name="inner">The cause.</param>
    public InvalidRequestException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
