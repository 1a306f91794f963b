using System.Text.Json;
using STUNet.Core;
using STUNet.Model;

namespace STUNet.TestKit.Golden;

/// <summary>Reads a network's architecture out of a case of the golden manifest.</summary>
public static class GoldenNetwork
{
    /// <summary>The architecture described by a case's <c>plan</c>.</summary>
    public static StuNetConfig ConfigOf(JsonElement @case)
    {
        JsonElement plan = @case.GetProperty("plan");
        int[] dims = [.. plan.GetProperty("dims").EnumerateArray().Select(width => width.GetInt32())];
        JsonElement depth = plan.GetProperty("depth");
        int[] depths = depth.ValueKind == JsonValueKind.Array
            ? [.. depth.EnumerateArray().Select(blocks => blocks.GetInt32())]
            : [.. dims.Select(_ => depth.GetInt32())];
        return new StuNetConfig(
            plan.GetProperty("cin").GetInt32(), plan.GetProperty("ncls").GetInt32(), [.. dims], [.. depths],
            [.. plan.GetProperty("pools").EnumerateArray().Select(Int3Of)], [.. plan.GetProperty("kernels").EnumerateArray().Select(Int3Of)]);
    }

    /// <summary>A triple (z, y, x).</summary>
    public static Int3 Int3Of(JsonElement triple) => new(triple[0].GetInt32(), triple[1].GetInt32(), triple[2].GetInt32());

    /// <summary>A golden tensor's shape (N, C, D, H, W).</summary>
    public static Shape ShapeOf(GoldenTensor tensor) => new(tensor.Shape[0], tensor.Shape[1], tensor.Shape[2], tensor.Shape[3], tensor.Shape[4]);
}
