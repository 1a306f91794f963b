using STUNet.Core;
using STUNet.Engine;
using STUNet.Kernels;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.TestKit.Ops;

namespace STUNet.Tests.Engine;

public sealed class PlanTests
{
    private static readonly Int3 Patch = new(8, 8, 16);

    private static readonly StuNetConfig Config = new(inputChannels: 1, classes: 4, dims: [8, 16, 20], depth: [1, 1, 1], strides: [new(2, 2, 2), new(1, 1, 2)]);

    [Fact]
    public void Run_HundredTimes_AllocatesNothingOnAnyThread()
    {
        using CpuDevice device = new(workers: 3);
        using CompiledModel model = new(device, new SeededParameters(Config, "allocation"));
        using Plan plan = model.CreatePlan(StuNet.RecordWindow(Config, Patch));
        plan.Write(device, "importance", OpCase.Uniform(Patch.Product, "importance"));
        RunArguments arguments = Arguments(device);
        for (int i = 0; i < 30; i++)
            plan.Run(arguments).Wait();
        Assert.Equal(0, AllocationProbe.BytesOf(() => plan.Run(arguments).Wait()));
        Release(arguments);
    }

    [Fact]
    public void Run_AnyNumberOfWorkersAndRuns_SameBits()
    {
        float[] expected = Logits(workers: 1, out _);
        foreach (int workers in (int[])[1, 2, 3, 7])
            Assert.Equal(expected, Logits(workers, out _));
    }

    [Fact]
    public void CreatePlan_KeepAll_SameBitsAndEveryLayerReadable()
    {
        float[] expected = Logits(workers: 2, out _);
        float[] actual = Logits(workers: 2, out Plan plan, new PlanOptions { KeepAll = true });
        Assert.Equal(expected, actual);
        Assert.Contains("conv_blocks_context.2.0.conv1", plan.Names);
        Assert.Contains("conv_blocks_localization.1.0.act2", plan.Names);
    }

    [Fact]
    public void CreatePlan_WatchedAndEndedByTheWatcher_TellsEveryStepUntilThen()
    {
        using CpuDevice device = new(workers: 1);
        using CompiledModel model = new(device, new SeededParameters(Config, "watched"));
        List<BindingProgress> told = [];
        device.Binding = new Watcher(told.Add);
        using Plan plan = model.CreatePlan(StuNet.RecordWindow(Config, Patch));
        Assert.Equal(Enumerable.Range(1, plan.Report.Steps.Count).Select(done => new BindingProgress(done, plan.Report.Steps.Count)), told);
        int seen = 0;
        device.Binding = new Watcher(_ => throw new OperationCanceledException($"after step {++seen}"));
        Assert.Equal("after step 1", Assert.Throws<OperationCanceledException>(() => model.CreatePlan(StuNet.RecordWindow(Config, Patch))).Message);
        device.Binding = null;
        model.CreatePlan(StuNet.RecordWindow(Config, Patch)).Dispose();
    }

    private sealed class Watcher(Action<BindingProgress> tell) : IProgress<BindingProgress>
    {
        public void Report(BindingProgress value) => tell(value);
    }

    [Fact]
    public void CreatePlan_TwoPlansOfOneModel_ShareOneCopyOfTheWeights()
    {
        using CpuDevice device = new(workers: 1);
        using CompiledModel model = new(device, new SeededParameters(Config, "sharing"));
        using Plan first = model.CreatePlan(StuNet.RecordWindow(Config, Patch));
        long resident = model.ResidentBytes;
        using Plan second = model.CreatePlan(StuNet.RecordWindow(Config, Patch));
        Assert.Equal(resident, model.ResidentBytes);
        Assert.Equal(resident, first.Report.ConstantBytes);
    }

    [Fact]
    public void Measure_BeforeAllocation_ReportsWhatThePlanTakes()
    {
        using CpuDevice device = new(workers: 1);
        using CompiledModel model = new(device, new SeededParameters(Config, "measure"));
        PlanReport measured = model.Measure(StuNet.RecordWindow(Config, Patch));
        Assert.Equal(0, model.ResidentBytes);
        using Plan plan = model.CreatePlan(StuNet.RecordWindow(Config, Patch));
        Assert.Equal(measured.ArenaBytes, plan.Report.ArenaBytes);
        Assert.Equal(measured.ConstantBytes, model.ResidentBytes);
        Assert.Equal(Patch.Product * sizeof(float), measured.InputBytes);
    }

    [Fact]
    public void Run_VariableParameterWritten_IsPackedAnewByThePlan()
    {
        Tape tape = new();
        Value x = tape.Input("x", new TensorDesc(new Shape(1, 16, 4, 5, 6)));
        Value weight = tape.Parameter("w", new Shape(16, 16, 3, 3, 3), isVariable: true);
        Value bias = tape.Parameter("b", Shape.Channels(16), isVariable: true);
        tape.Output("y", tape.Apply(new Conv3dOp(new Int3(3, 3, 3), Int3.One), "conv", x, weight, bias));
        using CpuDevice device = new(workers: 2);
        using CompiledModel model = new(device, new DictionaryParameters());
        using Plan plan = model.CreatePlan(tape, new PlanOptions { PoisonWithNaN = true, Canaries = true });
        plan.Write(device, "x", OpCase.Uniform(x.Desc.Shape.Count, "x"));
        plan.Run().Wait();
        float[] before = plan.Read(device, "y");
        model.Write(weight, new float[weight.Desc.Shape.Count]);
        model.Write(bias, [.. Enumerable.Repeat(0.25f, 16)]);
        plan.Run().Wait();
        Assert.Contains(before, value => value != 0.25f);
        Assert.All(plan.Read(device, "y"), value => Assert.Equal(0.25f, value));
    }

    [Fact]
    public void Write_ConstantParameter_IsRefused()
    {
        Tape tape = new();
        Value constant = tape.Parameter("w", Shape.Channels(3));
        using CpuDevice device = new(workers: 1);
        using CompiledModel model = new(device, new DictionaryParameters());
        Assert.Throws<ArgumentException>(() => model.Write(constant, new float[3]));
    }

    [Fact]
    public void Run_StepThatWritesPastItsBlock_IsFoundByTheCanaries()
    {
        Tape tape = new();
        tape.Output("y", tape.Apply(new OverrunningOp(), "bad", tape.Input("x", new TensorDesc(new Shape(1, 16, 1, 1, 4)))));
        using CpuDevice device = new(workers: 1);
        using CompiledModel model = new(device, new DictionaryParameters());
        using Plan plan = model.CreatePlan(tape, new PlanOptions { Canaries = true });
        Assert.Throws<InvalidOperationException>(() => plan.Run());
    }

    [Fact]
    public void Profile_AfterRuns_NamesKernelAndTimeOfEveryStep()
    {
        using CpuDevice device = new(workers: 1);
        using CompiledModel model = new(device, new SeededParameters(Config, "profile"));
        using Plan plan = model.CreatePlan(StuNet.RecordWindow(Config, Patch), new PlanOptions { Profile = true });
        RunArguments arguments = Arguments(device);
        Assert.Empty(plan.Profile);
        plan.Run(arguments).Wait();
        Assert.Equal(plan.Report.Steps.Count, plan.Profile.Count);
        Assert.All(plan.Profile, step =>
        {
            Assert.NotEmpty(step.Step.Kernel);
            Assert.True(step.Milliseconds > 0);
        });
        Release(arguments);
    }

    [Fact]
    public void Forward_PatchNotDivisibleByTheStrides_NamesBoth()
    {
        ShapeException error = Assert.Throws<ShapeException>(() => StuNet.RecordWindow(Config, new Int3(8, 8, 18)));
        Assert.Contains("8x8x18", error.Message, StringComparison.Ordinal);
        Assert.Contains("2x2x4", error.Message, StringComparison.Ordinal);
    }

    private static float[] Logits(int workers, out Plan plan, PlanOptions? options = null)
    {
        Tape tape = new();
        Value x = tape.Input("x", new TensorDesc(new Shape(1, 1, Patch)));
        tape.Output("logits", StuNet.Forward(tape, Config, x)[0]);
        using CpuDevice device = new(workers);
        using CompiledModel model = new(device, new SeededParameters(Config, "workers"));
        plan = model.CreatePlan(tape, options);
        plan.Write(device, "x", OpCase.Uniform(Patch.Product, "x"));
        plan.Run().Wait();
        float[] logits = plan.Read(device, "logits");
        plan.Dispose();
        return logits;
    }

    private static RunArguments Arguments(Device device) => new()
    {
        Weight = 1,
        Source = device.Bind(1, Patch, OpCase.Uniform(Patch.Product, "source")),
        Accumulator = device.Bind(8, Patch),
    };

    private static void Release(RunArguments arguments)
    {
        arguments.Source.Memory.Dispose();
        arguments.Accumulator.Memory.Dispose();
    }

    /// <summary>Copies its input and then writes one float too many.</summary>
    private sealed record OverrunningOp() : Op("overrun")
    {
        public override IReadOnlyList<IKernel> CpuKernels => [new Kernel()];

        public override TensorDesc InferOutput(ReadOnlySpan<TensorDesc> inputs) => inputs[0];

        public override WorkEstimate Estimate(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) => default;

        private sealed class Kernel : IKernel
        {
            public string Name => "Overrun";

            public bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) => true;

            public Step Bind(Op op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, Device device) => new OverrunStep(operands[^1]);
        }

        private sealed class OverrunStep(TensorView output) : Step
        {
            public override unsafe void Run(RunContext context) => output.Floats[output.Desc.ElementCount] = 1;
        }
    }
}
