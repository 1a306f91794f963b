using System.Text.Json.Nodes;
using STUNet.Kernels;

namespace STUNet.Benchmarks.Gpu;

/// <summary>The device opens, and what its driver says of it.</summary>
internal sealed class DevicePart : IPart
{
    public string Name => "device";

    public string Proves => "the device opens; its name, memory and driver";

    public int Run(PartOptions options, ResultFile results, CancellationToken cancellation)
    {
        using GpuDevice device = options.Open();
        GpuDeviceInfo info = device.Info;
        Console.WriteLine($"{info.Id}: {info.Name}, compute capability {info.ComputeCapability ?? "-"}, driver {info.Driver}");
        Console.WriteLine($"{info.Multiprocessors} multiprocessors, {info.MemoryBytes >> 20} MiB, {device.Room?.FreeBytes >> 20} MiB free, {info.SharedMemoryBytes >> 10} KiB of shared memory a group");
        results.Add(new JsonObject
        {
            ["id"] = info.Id,
            ["name"] = info.Name,
            ["compute_capability"] = info.ComputeCapability,
            ["driver"] = info.Driver,
            ["multiprocessors"] = info.Multiprocessors,
            ["memory_bytes"] = info.MemoryBytes,
            ["free_bytes"] = device.Room?.FreeBytes,
            ["shared_bytes_per_group"] = info.SharedMemoryBytes,
        });
        return 0;
    }
}
