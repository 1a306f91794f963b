using STUNet.Core;
using STUNet.Engine;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.Tests.Inference;

namespace STUNet.Tests.Engine;

/// <summary>A plan that does not fit its device is refused before anything is allocated.</summary>
public sealed class MemoryCheckTests
{
    private const long Total = 1L << 40;

    [Fact]
    public void CreatePlan_OneByteTooFew_SaysWhatIsNeededAndAllocatesNothing()
    {
        using RefusingDevice device = new();
        using CompiledModel model = new(device, new SeededParameters(SmallNetwork.Config, "small"));
        PlanReport report = Measure(model);
        long needed = report.ArenaBytes + report.InputBytes + report.ConstantBytes;
        device.Memory = new DeviceRoom(Total, needed - 1, Total);
        InsufficientResourcesException refused = Assert.Throws<InsufficientResourcesException>(() => SmallNetwork.CreatePlan(model));
        Assert.Contains($"the network needs {ByteCount.Describe(needed)} (", refused.Message, StringComparison.Ordinal);
        Assert.Contains($"{ByteCount.Describe(needed - 1)} of {ByteCount.Describe(Total)} are free", refused.Message, StringComparison.Ordinal);
        Assert.Contains("--device cpu", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, device.Allocations);
        device.Memory = new DeviceRoom(Total, needed, Total);
        SmallNetwork.CreatePlan(model).Dispose();
    }

    [Fact]
    public void CreatePlan_Again_CountsNoWeightsThatAreThere()
    {
        using RefusingDevice device = new();
        using CompiledModel model = new(device, new SeededParameters(SmallNetwork.Config, "small"));
        SmallNetwork.CreatePlan(model).Dispose();
        PlanReport report = Measure(model);
        Assert.True(report.ConstantBytes > 0);
        device.Memory = new DeviceRoom(Total, report.ArenaBytes + report.InputBytes, Total);
        SmallNetwork.CreatePlan(model).Dispose();
    }

    [Fact]
    public void CreatePlan_ArenaAboveTheLargestBlock_NamesBoth()
    {
        using RefusingDevice device = new();
        using CompiledModel model = new(device, new SeededParameters(SmallNetwork.Config, "small"));
        long arena = Measure(model).ArenaBytes;
        device.Memory = new DeviceRoom(Total, Total, arena - 1);
        string refused = Assert.Throws<InsufficientResourcesException>(() => SmallNetwork.CreatePlan(model)).Message;
        Assert.Contains($"at most {ByteCount.Describe(arena - 1)} of memory in one block", refused, StringComparison.Ordinal);
        Assert.Equal(0, device.Allocations);
    }

    [Fact]
    public void CreatePlans_TwoRecordings_NeedOneArenaOfTheLarger()
    {
        using RefusingDevice device = new();
        using CompiledModel model = new(device, new SeededParameters(SmallNetwork.Config, "small"));
        PlanReport large = Measure(model);
        PlanReport small = model.Measure(StuNet.RecordWindow(SmallNetwork.Config, Smaller));
        Assert.InRange(small.ArenaBytes, 1, large.ArenaBytes - 1);
        long needed = large.ArenaBytes + large.InputBytes + small.InputBytes + large.ConstantBytes;
        device.Memory = new DeviceRoom(Total, needed - 1, Total);
        Assert.Throws<InsufficientResourcesException>(() => CreateBoth(model));
        device.Memory = new DeviceRoom(Total, needed, Total);
        IReadOnlyList<Plan> plans = CreateBoth(model);
        Assert.Equal(needed, device.LiveBytes);
        // Whoever is disposed of first, and twice, leaves the other its memory.
        plans[0].Dispose();
        plans[0].Dispose();
        Assert.Equal(needed - large.InputBytes, device.LiveBytes);
        plans[1].Dispose();
        Assert.Equal(large.ConstantBytes, device.LiveBytes);
    }

    [Fact]
    public void CreatePlans_AllocationRefused_SaysWhatIsNeededAndKeepsNothing()
    {
        using RefusingDevice device = new();
        int refusals = 0;
        while (true)
        {
            using CompiledModel model = new(device, new SeededParameters(SmallNetwork.Config, "small"));
            PlanReport report = Measure(model);
            device.RefusedIn = refusals + 1;
            Exception? failure = Record.Exception(() =>
            {
                foreach (Plan plan in CreateBoth(model))
                    plan.Dispose();
            });
            model.Dispose();
            Assert.Equal(0, device.Live);
            if (failure is null)
                break;
            Assert.IsType<InsufficientResourcesException>(failure);
            Assert.Matches($"^Too little memory: the network needs .* \\({ByteCount.Describe(report.ArenaBytes)} for activations, .* for weights\\)\\. Refused\\.$", failure.Message);
            refusals++;
        }

        Assert.True(refusals > 10, $"{refusals} allocations are too few for a network");
    }

    private static Int3 Smaller => SmallNetwork.Patch with { H = 8 };

    private static IReadOnlyList<Plan> CreateBoth(CompiledModel model) => model.CreatePlans(
        (StuNet.RecordWindow(SmallNetwork.Config, SmallNetwork.Patch), new PlanOptions()), (StuNet.RecordWindow(SmallNetwork.Config, Smaller), new PlanOptions()));

    private static PlanReport Measure(CompiledModel model) => model.Measure(StuNet.RecordWindow(SmallNetwork.Config, SmallNetwork.Patch));
}
