using System.Text.Json.Nodes;
using STUNet.Kernels;

namespace STUNet.Benchmarks.Gpu;

/// <summary>Every kernel body as PTX for compute capability 9.0, which needs no GPU: shows on any machine that trimming left ILGPU what it finds by reflection.</summary>
internal sealed class PtxPart : IPart
{
    public string Name => "ptx";

    public string Proves => "this build translates every kernel to PTX; needs no GPU";

    public int Run(PartOptions options, ResultFile results, CancellationToken cancellation)
    {
        int bodies = GpuPlanningDevice.Texts(cancellation: cancellation).Count();
        Console.WriteLine($"{bodies} kernel bodies translated to PTX for compute capability 9.0");
        results.Add(new JsonObject { ["bodies"] = bodies });
        return 0;
    }
}
