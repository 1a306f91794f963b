using STUNet.Core;

namespace STUNet.TestKit.Ops;

/// <summary>All ops and all cases, found by reflection.</summary>
public static class OpCatalog
{
    /// <summary>Every op type of the kernels assembly.</summary>
    public static IReadOnlyList<Type> OpTypes { get; } =
        [.. typeof(Kernels.Conv3dOp).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Op)) && !type.IsAbstract).OrderBy(type => type.Name)];

    /// <summary>Every case class of this assembly.</summary>
    public static IReadOnlyList<IOpCases> CaseClasses { get; } =
        [.. typeof(IOpCases).Assembly.GetTypes().Where(type => type.IsAssignableTo(typeof(IOpCases)) && type.IsClass)
            .OrderBy(type => type.Name).Select(type => (IOpCases)Activator.CreateInstance(type)!)];

    /// <summary>Every small case of every op, for the tests.</summary>
    public static IReadOnlyList<OpCase> TestCases { get; } = [.. CaseClasses.SelectMany(cases => cases.Cases).Where(@case => !@case.IsBenchmark)];

    /// <summary>Every benchmark case of every op.</summary>
    public static IEnumerable<OpCase> BenchmarkCases => CaseClasses.SelectMany(cases => cases.Cases).Where(@case => @case.IsBenchmark);
}
