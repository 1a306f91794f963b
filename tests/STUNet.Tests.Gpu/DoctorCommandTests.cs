using System.Text.Json;
using STUNet.Cli;
using STUNet.Kernels;
using STUNet.TestKit;
using STUNet.Tests.Cli;

namespace STUNet.Tests.Gpu;

public sealed class DoctorCommandTests
{
    [Fact]
    public void Run_Json_ListsTheProcessorFirstAndWhatAutoWouldTake()
    {
        JsonElement doctor = CliRun.Of("doctor", "--json").Succeeded().Json;
        JsonElement cpu = doctor.GetProperty("devices")[0];
        Assert.Equal("cpu", cpu.GetProperty("id").GetString());
        Assert.True(cpu.GetProperty("usable").GetBoolean());
        Assert.Equal(Environment.ProcessorCount, cpu.GetProperty("threads").GetInt32());
        Assert.True(cpu.GetProperty("memoryBytes").GetInt64() > 1 << 20);
        IReadOnlyList<GpuDeviceInfo> candidates = GpuSelection.Candidates(GpuDevices.FindAll(), _ => { });
        Assert.Equal(candidates.Count > 0 ? candidates[0].Id : "cpu", doctor.GetProperty("auto").GetString());
        Assert.Equal(
            GpuDevices.FindAll().Where(list => list.Devices.Count == 0).Select(list => list.Absence),
            doctor.GetProperty("absent").EnumerateArray().Select(absent => absent.GetProperty("reason").GetString()!));
    }

    [Fact]
    public void Run_OpenClDevice_IsTriedAndDescribed()
    {
        GpuDeviceInfo info = OpenCl.Device.Info;
        JsonElement device = CliRun.Of("doctor", "--json").Succeeded().Json.GetProperty("devices").EnumerateArray()
            .Single(device => device.GetProperty("id").GetString() == info.Id);
        Assert.True(device.GetProperty("usable").GetBoolean());
        Assert.Equal(JsonValueKind.Null, device.GetProperty("problem").ValueKind);
        Assert.Equal(info.MemoryBytes, device.GetProperty("memoryBytes").GetInt64());
        Assert.Equal(info.SharedMemoryBytes, device.GetProperty("sharedMemoryBytes").GetInt64());
        Assert.Empty(device.GetProperty("kernels").EnumerateArray());
        string text = CliRun.Of("doctor").Succeeded().Output;
        Assert.Contains(info.Name, text, StringComparison.Ordinal);
        Assert.Contains("--device auto uses ", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_KernelsOfNoName_IsRefused()
    {
        _ = OpenCl.Device;
        CliRun.Of("doctor", "--kernels", "nothing").FailedWith(ExitCode.Usage, "'nothing'", "doctor --kernels");
    }

    [Fact]
    public void Run_Ptx_WritesTheKernelsThatAreNamed()
    {
        using TemporaryFolder folder = new();
        CliRun.Of("doctor", "--ptx", folder["ptx"], "--kernels", "elementbf16, addgpumap").Succeeded();
        string file = Assert.Single(Directory.GetFiles(folder["ptx"]));
        Assert.Equal("GpuChunkMapKernel.Run-AddOp-GpuElementBF16-AddGpuMap.ptx", Path.GetFileName(file));
        Assert.Contains(".entry", File.ReadAllText(file), StringComparison.Ordinal);
        CliRun.Of("doctor", "--ptx", folder["none"], "--kernels", "nothing").FailedWith(ExitCode.Usage, "'nothing'", "doctor --kernels");
        Assert.False(Directory.Exists(folder["none"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("instancenorm")]
    [InlineData("elementbf16, addgpumap")]
    public void Run_Kernels_CompilesEveryOneOrThoseThatAreNamed(string part)
    {
        if (part.Length == 0)
            LongTests.Require("every kernel through PoCL's compiler, a minute");
        GpuDeviceInfo info = OpenCl.Device.Info;
        string[] line = ["doctor", "--json", "--kernels"];
        JsonElement device = CliRun.Of(part.Length == 0 ? line : [.. line, part]).Succeeded().Json.GetProperty("devices").EnumerateArray()
            .Single(device => device.GetProperty("id").GetString() == info.Id);
        int bodies = GpuKernelTable.Bodies.Count(body => GpuKernelLoader.NameOf(body).Contains(part, StringComparison.OrdinalIgnoreCase));
        Assert.True(bodies > 0);
        Assert.Equal(bodies, device.GetProperty("kernels").GetArrayLength());
        Assert.All(device.GetProperty("kernels").EnumerateArray(), kernel => Assert.True(kernel.GetProperty("milliseconds").GetDouble() > 0));
    }
}
