namespace STUNet.Benchmarks.Measuring;

/// <summary>An engine cannot do its job; the others go on without it.</summary>
/// <param name="reason">Why, without a closing full stop.</param>
internal sealed class EngineFailedException(string reason) : Exception(reason);
