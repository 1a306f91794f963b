using STUNet.Core;

namespace STUNet.Training;

/// <summary>A training that cannot go on: the loss is no number, or a checkpoint cannot be written. The last good checkpoint is kept.</summary>
public sealed class TrainingFailedException : StuNetException
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">One complete sentence that says what happened, what was kept, and what to do.</param>
    /// <param name="inner">The cause.</param>
    public TrainingFailedException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
