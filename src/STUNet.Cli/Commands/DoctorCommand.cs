using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using STUNet.Kernels;

namespace STUNet.Cli;

/// <summary><c>stunet doctor</c>: which devices there are, and whether they work.</summary>
internal sealed class DoctorCommand : StuNetCommand
{
    private const string Text = """
        Lists the devices of this machine, whether each can be used and if not why, and what --device auto would take.

        The processor is listed with its vector instructions, threads and memory; every CUDA and OpenCL device with its memory, compute capability,
        driver and largest shared memory of a group. A device counts as usable when it was opened and a small kernel gave the right result on it.

        Examples:
          stunet doctor
          stunet doctor --json
          stunet doctor --kernels
          stunet doctor --kernels InstanceNorm
          stunet doctor --ptx folder --kernels Conv3dTensor
        """;

    private readonly Option<string?> _kernels = new("--kernels")
    {
        Arity = ArgumentArity.ZeroOrOne,
        HelpName = "NAME",
        Description = "Compile every kernel, or those whose name contains NAME, on every usable device, and show how long it took and what registers and spills it has.",
    };

    private readonly Option<string?> _ptx = new("--ptx")
    {
        HelpName = "FOLDER",
        Description = "Write every kernel, or those whose name contains NAME, as PTX into FOLDER, for NVIDIA's ptxas and nvdisasm; needs no GPU.",
    };

    public DoctorCommand(CommandConsole console)
        : base(console, "doctor", Text)
    {
        Options.Add(_kernels);
        Options.Add(_ptx);
    }

    protected override int Execute(ParseResult arguments)
    {
        string? kernels = arguments.GetResult(_kernels) is null ? null : arguments.GetValue(_kernels) ?? "";
        if (arguments.GetValue(_ptx) is { } folder)
        {
            KernelTexts.Write(folder, kernels ?? "", Terminal);
            return ExitCode.Success;
        }

        Processor processor = Processor.Find();
        IReadOnlyList<GpuDeviceList> lists = GpuDevices.FindAll();
        List<CheckedDevice> devices = [];
        foreach (GpuDeviceInfo info in lists.SelectMany(list => list.Devices))
        {
            Terminal.Cancellation.ThrowIfCancellationRequested();
            devices.Add(DeviceCheck.Run(info, kernels));
        }

        if (kernels is not null && devices.Any(device => device.Problem is null) && devices.All(device => device.Kernels.Count == 0))
            throw KernelTexts.NoneOf(kernels);
        List<string> refusals = [];
        IReadOnlyList<GpuDeviceInfo> candidates = GpuSelection.Candidates(Tried(lists, devices), refusals.Add);
        string automatic = candidates.Count > 0 ? candidates[0].Id : DeviceChoice.Cpu;
        Show(processor, lists, devices, automatic, refusals);
        Terminal.WriteJson(() => new JsonObject
        {
            ["auto"] = automatic,
            ["autoRefused"] = new JsonArray([.. refusals.Select(refusal => (JsonNode)refusal)]),
            ["devices"] = new JsonArray([Json(processor), .. devices.Select(Json)]),
            ["absent"] = new JsonArray([.. lists.Where(list => list.Devices.Count == 0).Select(list => new JsonObject { ["api"] = list.Api, ["reason"] = list.Absence })]),
        });
        return ExitCode.Success;
    }

    // The lists as auto would judge them: a device that failed the check has its failure as its problem.
    private static IEnumerable<GpuDeviceList> Tried(IReadOnlyList<GpuDeviceList> lists, List<CheckedDevice> devices) =>
        lists.Select(list => list with { Devices = [.. devices.Where(device => device.Info.Api == list.Api).Select(device => device.Info with { Problem = device.Problem })] });

    private void Show(Processor processor, IReadOnlyList<GpuDeviceList> lists, List<CheckedDevice> devices, string automatic, List<string> refusals)
    {
        TextTable table = new("device", "usable", "name", "memory", "free", "shared/group", "units", "compute", "driver") { LeftAligned = new HashSet<int> { 1, 2, 8 } };
        table.Add(
            DeviceChoice.Cpu, "yes", processor.Name, ByteSize.Describe(processor.MemoryBytes), "", "", Number(processor.Threads), "", processor.Simd.ToString());
        foreach (CheckedDevice device in devices)
        {
            GpuDeviceInfo info = device.Info;
            table.Add(
                info.Id, device.Problem is null ? "yes" : "no", info.Name, ByteSize.Describe(info.MemoryBytes), device.FreeBytes is { } free ? ByteSize.Describe(free) : "",
                ByteSize.Describe(info.SharedMemoryBytes), Number(info.Multiprocessors), info.ComputeCapability ?? "", info.Driver);
        }

        Terminal.WriteLine(table.ToString());
        Terminal.WriteLine();
        foreach (GpuDeviceList list in lists.Where(list => list.Devices.Count == 0))
            Terminal.WriteLine($"no {list.Api} device: {list.Absence}");
        foreach (CheckedDevice device in devices.Where(device => device.Problem is not null))
            Terminal.WriteLine($"{device.Info.Id} cannot be used: {device.Problem}");
        foreach (CheckedDevice device in devices.Where(device => device.Replay.Length > 0))
            Terminal.WriteLine($"{device.Info.Id} runs plans as graphs; the check's: {device.Replay}");
        Terminal.WriteLine($"--device auto uses {automatic}{(refusals.Count > 0 ? $", because {string.Join("; ", refusals)}" : "")}");
        foreach (CheckedDevice device in devices.Where(device => device.Kernels.Count > 0))
            ShowKernels(device);
    }

    private void ShowKernels(CheckedDevice device)
    {
        TextTable table = new("kernel", "ms", "registers", "spilled bytes", "shared bytes");
        foreach (GpuKernelReport kernel in device.Kernels)
            table.Add(kernel.Name, kernel.Milliseconds.ToString("F1", CultureInfo.InvariantCulture), Number(kernel.Registers), Number(kernel.SpilledBytes), Number(kernel.SharedBytes));
        double total = device.Kernels.Sum(kernel => kernel.Milliseconds);
        Terminal.WriteLine();
        Terminal.WriteLine($"{device.Info.Id}: {device.Kernels.Count} kernels compiled in {total.ToString("F0", CultureInfo.InvariantCulture)} ms");
        Terminal.WriteLine(table.ToString());
    }

    private static JsonObject Json(Processor processor) => new()
    {
        ["id"] = DeviceChoice.Cpu,
        ["name"] = processor.Name,
        ["usable"] = true,
        ["problem"] = null,
        ["instructionSet"] = processor.Simd.ToString(),
        ["threads"] = processor.Threads,
        ["memoryBytes"] = processor.MemoryBytes,
    };

    private static JsonObject Json(CheckedDevice device) => new()
    {
        ["id"] = device.Info.Id,
        ["name"] = device.Info.Name,
        ["usable"] = device.Problem is null,
        ["problem"] = device.Problem,
        ["gpu"] = device.Info.IsGpu,
        ["memoryBytes"] = device.Info.MemoryBytes,
        ["freeBytes"] = device.FreeBytes,
        ["sharedMemoryBytes"] = device.Info.SharedMemoryBytes,
        ["multiprocessors"] = device.Info.Multiprocessors,
        ["computeCapability"] = device.Info.ComputeCapability,
        ["driver"] = device.Info.Driver,
        ["replay"] = device.Replay,
        ["kernels"] = new JsonArray([.. device.Kernels.Select(Json)]),
    };

    private static JsonObject Json(GpuKernelReport kernel) => new()
    {
        ["kernel"] = kernel.Name,
        ["milliseconds"] = kernel.Milliseconds,
        ["registers"] = kernel.Registers,
        ["spilledBytes"] = kernel.SpilledBytes,
        ["sharedBytes"] = kernel.SharedBytes,
    };

    private static string Number(int? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "";
}
