namespace STUNet.Core;

/// <summary>A request that this machine cannot serve: more memory than allowed or present, or a device that is not there.</summary>
public sealed class InsufficientResourcesException : InvalidRequestException
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">One complete sentence that names what is needed, what there is, and the fix.</param>
    /// <param name="inner">The cause.</param>
    public InsufficientResourcesException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
