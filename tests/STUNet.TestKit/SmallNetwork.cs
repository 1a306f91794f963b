using STUNet.Core;
using STUNet.Engine;
using STUNet.Model;
using STUNet.TestKit.Ops;

namespace STUNet.TestKit;

/// <summary>One window of a small network with odd widths, two channels and anisotropic strides and kernels, for comparing plans and devices.</summary>
public static class SmallNetwork
{
    public static Int3 Patch { get; } = new(8, 16, 12);

    public static StuNetConfig Config { get; } = new(
        inputChannels: 2, classes: 5, dims: [4, 7, 9], depth: [1, 2, 1], strides: [new(2, 2, 1), new(1, 2, 2)], kernels: [new(3, 3, 3), new(1, 3, 3), new(3, 3, 3)]);

    /// <summary>What one run adds to an accumulator of zeros, with guard bytes checked and the arena poisoned.</summary>
    public static float[] Accumulate(Device device, FlipAxes flip, PlanOptions options, out PlanReport report)
    {
        using CompiledModel model = new(device, new SeededParameters(Config, "small"));
        using Plan plan = CreatePlan(model, options with { Canaries = true, PoisonWithNaN = true });
        report = plan.Report;
        RunArguments arguments = Arguments(device, flip);
        plan.Run(arguments).Wait();
        float[] sums = device.Read(arguments.Accumulator);
        Release(arguments);
        return sums;
    }

    /// <summary>A plan of the window with its importance map filled in.</summary>
    public static Plan CreatePlan(CompiledModel model, PlanOptions? options = null)
    {
        Plan plan = model.CreatePlan(StuNet.RecordWindow(Config, Patch), options);
        plan.Write(model.Device, "importance", OpCase.Uniform(Patch.Product, "importance"));
        return plan;
    }

    /// <summary>A window away from the corner of a larger volume, and an accumulator of zeros; <see cref="Release"/> them.</summary>
    public static RunArguments Arguments(Device device, FlipAxes flip)
    {
        Int3 volume = new(11, 19, 13);
        return new RunArguments
        {
            WindowOrigin = new(3, 2, 1),
            Flip = flip,
            Weight = 0.5f,
            Source = device.Bind(Config.InputChannels, volume, OpCase.Uniform(Config.InputChannels * volume.Product, "source")),
            Accumulator = device.Bind(8, volume with { D = Patch.D }),
        };
    }

    public static void Release(RunArguments arguments)
    {
        arguments.Source.Memory.Dispose();
        arguments.Accumulator.Memory.Dispose();
    }
}
