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

    /// <summary>Those of one op.</summary>
    /// <param name="op">Name of the op's type.</param>
    public static IEnumerable<OpCase> CasesOf(string op) => TestCases.Where(@case => @case.Op.GetType().Name == op);

    /// <summary>Every kernel that a device has for an op, each with one case to repeat many times: by operations in the middle of those that it supports.</summary>
    /// <param name="device">The device.</param>
    /// <param name="op">Name of the op's type.</param>
    public static IEnumerable<(IKernel Kernel, OpCase Case)> MiddleCases(Device device, string op) => CasesOf(op)
        .OrderBy(@case => @case.Op.Estimate([.. @case.Inputs], @case.Op.InferOutput([.. @case.Inputs])).Flops)
        .SelectMany(@case => KernelHarness.KernelsFor(device, @case).Select(kernel => (Kernel: kernel, Case: @case)))
        .GroupBy(pair => pair.Kernel)
        .Select(pairs => pairs.ElementAt(pairs.Count() / 2));

    /// <summary>Every benchmark case of every op.</summary>
    public static IEnumerable<OpCase> BenchmarkCases => CaseClasses.SelectMany(cases => cases.Cases).Where(@case => @case.IsBenchmark);
}
