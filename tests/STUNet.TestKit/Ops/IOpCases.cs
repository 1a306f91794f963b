namespace STUNet.TestKit.Ops;

/// <summary>The cases of one op, one class per op beside this file; found by reflection, so that adding an op edits no list.</summary>
public interface IOpCases
{
    /// <summary>The op's type.</summary>
    Type OpType { get; }

    /// <summary>The cases: small ones for the tests, and some with <see cref="OpCase.IsBenchmark"/>.</summary>
    IEnumerable<OpCase> Cases { get; }
}
