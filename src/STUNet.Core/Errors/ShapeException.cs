namespace STUNet.Core;

/// <summary>Operand shapes that an op cannot combine; thrown while a network is recorded, never while it runs.</summary>
public sealed class ShapeException : StuNetException
{
    /// <summary>Creates the error.</summary>
    /// <param name="op">The op.</param>
    /// <param name="problem">The tensors, what was expected and what was found, without a closing full stop.</param>
    public ShapeException(string op, string problem)
        : base($"{op}: {problem}.")
    {
    }
}
