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

    private static PlanReport Measure(CompiledModel model) => model.Measure(StuNet.RecordWindow(SmallNetwork.Config, SmallNetwork.Patch));
}
