using STUNet.Core;
using STUNet.Kernels;
using STUNet.TestKit.Ops;

namespace STUNet.Tests.Gpu.Cuda;

/// <summary>What is recorded as a CUDA graph, when, and what happens where the driver refuses; no GPU is needed.</summary>
public sealed class CudaGraphTests
{
    private const nint QueueStream = 7;
    private const nint RecordingStream = 8;

    // Dependent, three independent, dependent, one independent.
    private static readonly bool[] Dependence = [true, false, false, false, true, false];

    [Fact]
    public void Run_ThreeTimes_LaunchesThenRecordsThenReplays()
    {
        FakeCudaDriver driver = new();
        FakeTarget target = new();
        List<string> enqueued = [];
        using (GpuCudaGraphRunner runner = new(new GpuCudaCalls(driver), target, Steps(target, enqueued)))
        {
            runner.Run(new RunContext());
            Assert.Equal(["0@7", "1@7", "2@7", "3@7", "4@7", "5@7"], enqueued);
            Assert.Empty(driver.Calls);

            enqueued.Clear();
            runner.Run(new RunContext());
            // The graph's steps go to the recording stream, and only then is it launched on the queue.
            Assert.Equal(["0@7", "1@8", "2@8", "3@8", "4@7", "5@7"], enqueued);
            Assert.Equal(
                ["cuStreamBeginCapture(8, 1)", "cuStreamEndCapture(8)", "cuGraphInstantiateWithFlags(100, 0)", "cuGraphDestroy(100)", "cuGraphLaunch(101, 7)"], driver.Calls);

            enqueued.Clear();
            driver.Calls.Clear();
            runner.Run(new RunContext());
            Assert.Equal(["0@7", "4@7", "5@7"], enqueued);
            Assert.Equal(["cuGraphLaunch(101, 7)"], driver.Calls);
            Assert.Equal("3 launches and 1 graphs of 3 steps", runner.Description);
        }

        Assert.Equal("cuGraphExecDestroy(101)", driver.Calls[^1]);
        Assert.Empty(driver.Live);
    }

    [Theory]
    [InlineData("cuStreamBeginCapture")]
    [InlineData("cuStreamEndCapture")]
    [InlineData("cuGraphInstantiateWithFlags")]
    public void Run_DriverRefuses_LaunchesEveryStepOnceAndSaysWhy(string call)
    {
        FakeCudaDriver driver = new();
        driver.Results[call] = 1;
        FakeTarget target = new();
        List<string> enqueued = [];
        using GpuCudaGraphRunner runner = new(new GpuCudaCalls(driver), target, Steps(target, enqueued));
        runner.Run(new RunContext());
        for (int run = 0; run < 2; run++)
        {
            enqueued.Clear();
            runner.Run(new RunContext());
            Assert.Equal(["0@7", "1@7", "2@7", "3@7", "4@7", "5@7"], enqueued.Where(step => step.EndsWith("@7", StringComparison.Ordinal)));
        }

        Assert.Single(driver.Calls, made => made.StartsWith("cuStreamBeginCapture", StringComparison.Ordinal));
        Assert.StartsWith($"launched one by one: The CUDA driver refused {call}: CUDA_ERROR_INVALID_VALUE", runner.Description, StringComparison.Ordinal);
        Assert.Empty(driver.Live);
    }

    [Fact]
    public void Run_GraphsTurnedOff_RecordsNothingAndSaysWhy()
    {
        FakeCudaDriver driver = new();
        FakeTarget target = new();
        List<string> enqueued = [];
        using GpuCudaGraphRunner runner = new(new GpuCudaCalls(driver), target, Steps(target, enqueued), GpuCudaGraphSwitch.RefusalOf("0"));
        for (int run = 0; run < 3; run++)
        {
            enqueued.Clear();
            runner.Run(new RunContext());
            Assert.Equal(["0@7", "1@7", "2@7", "3@7", "4@7", "5@7"], enqueued);
        }

        Assert.Empty(driver.Calls);
        Assert.Equal("launched one by one: STUNET_CUDA_GRAPHS=0 turns graphs off", runner.Description);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("1")]
    public void RefusalOf_UnsetOrOne_LetsGraphsBe(string? value) => Assert.Null(GpuCudaGraphSwitch.RefusalOf(value));

    [Fact]
    public void RefusalOf_AnotherValue_IsRefusedByName() =>
        Assert.Contains("STUNET_CUDA_GRAPHS is 'off'; set it to 0", Assert.Throws<InvalidRequestException>(() => GpuCudaGraphSwitch.RefusalOf("off")).Message, StringComparison.Ordinal);

    [Fact]
    public void Run_StepFailsWhileRecorded_EndsTheRecordingAndPassesTheFailureOn()
    {
        FakeCudaDriver driver = new();
        FakeTarget target = new();
        using GpuCudaGraphRunner runner = new(new GpuCudaCalls(driver), target, [new FailingStep(target), new FailingStep(target)]);
        runner.Run(new RunContext());
        Assert.Throws<DivideByZeroException>(() => runner.Run(new RunContext()));
        Assert.Contains("cuStreamEndCapture(8)", driver.Calls);
        Assert.Equal(QueueStream, target.Current);
        Assert.Empty(driver.Live);
    }

    /// <summary>Which kernels take something from the run: everything else may be recorded.</summary>
    [Fact]
    public void DependsOnRun_EveryOp_OnlyOfWindowsLossScaleAndOptimisers()
    {
        GpuDevice device = OpenCl.Device;
        Dictionary<string, bool> dependence = [];
        foreach (OpCase @case in OpCatalog.CaseClasses.Select(cases => cases.Cases.First(@case => !@case.IsBenchmark)))
        {
            IKernel? kernel = KernelHarness.KernelsFor(device, @case).FirstOrDefault();
            if (kernel is null)
                continue;
            using KernelHarness harness = new(device, kernel, @case);
            dependence[@case.Op.GetType().Name] = harness.DependsOnRun;
        }

        Assert.Equal(
            [nameof(AdamWOp), nameof(GaussianAccumulateOp), nameof(HeadAccumulateOp), nameof(LossScaleOp), nameof(ResampledArgMaxOp), nameof(SgdOp), nameof(WindowLoadOp)],
            dependence.Where(op => op.Value).Select(op => op.Key).Order());
        Assert.True(dependence.Count > 25, $"only {dependence.Count} ops");
    }

    private static Step[] Steps(FakeTarget target, List<string> enqueued) =>
        [.. Dependence.Select((depends, index) => new NotedStep(index, depends, target, enqueued))];

    private sealed class FakeTarget : IGpuCaptureTarget
    {
        public nint Current { get; private set; } = QueueStream;

        public nint Queue => QueueStream;

        public Lock QueueLock { get; } = new();

        public nint BeginRedirection() => Current = RecordingStream;

        public void EndRedirection() => Current = QueueStream;

        public void Bind()
        {
        }
    }

    private sealed class NotedStep(int index, bool depends, FakeTarget target, List<string> enqueued) : Step
    {
        public override bool DependsOnRun => depends;

        public override void Run(RunContext context)
        {
            // As GpuStep does: the lock is held by the recording thread already.
            lock (target.QueueLock)
                enqueued.Add($"{index}@{target.Current}");
        }
    }

    private sealed class FailingStep(FakeTarget target) : Step
    {
        public override bool DependsOnRun => false;

        public override void Run(RunContext context)
        {
            if (target.Current == RecordingStream)
                throw new DivideByZeroException();
        }
    }
}
