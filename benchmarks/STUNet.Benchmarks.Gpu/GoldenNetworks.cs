using System.Collections.Immutable;
using System.Runtime.InteropServices;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.TestKit.Golden;

namespace STUNet.Benchmarks.Gpu;

/// <summary>Tiny networks with stored weights: logits of all heads, twice the same bits.</summary>
internal static class GoldenNetworks
{
    /// <summary>Compares every head of every input, in float32 with the default rewrites.</summary>
    public static IReadOnlyList<string> HeadDifferences(Device device, GoldenFile file)
    {
        StuNetConfig config = GoldenNetwork.ConfigOf(file.Case(file.CaseNames.Single()));
        using CompiledModel model = new(device, new DictionaryParameters(name => file.Tensor($"param.{name}").ToSingles()));
        List<string> differences = [];
        for (int input = 0; file.Has($"input.{input}"); input++)
        {
            GoldenTensor image = file.Tensor($"input.{input}");
            Tape tape = new();
            ImmutableArray<Value> heads = StuNet.Forward(tape, config, tape.Input("x", new TensorDesc(GoldenNetwork.ShapeOf(image))));
            for (int head = 0; head < heads.Length; head++)
                tape.Output($"head.{head}", heads[head]);
            using Plan plan = model.CreatePlan(tape);
            float[][] first = Run(plan, device, image, heads.Length);
            float[][] again = Run(plan, device, image, heads.Length);
            for (int head = 0; head < heads.Length; head++)
            {
                if (GoldenDifference.Of(file.Tensor($"logits.{input}.head.{head}"), first[head]) is { } difference)
                    differences.Add(difference);
                if (!MemoryMarshal.AsBytes(first[head].AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(again[head].AsSpan())))
                    differences.Add($"logits.{input}.head.{head}: the second run gave other bits");
            }
        }

        return differences;
    }

    private static float[][] Run(Plan plan, Device device, GoldenTensor image, int heads)
    {
        plan.Write(device, "x", image.ToSingles());
        plan.Run().Wait();
        return [.. Enumerable.Range(0, heads).Select(head => plan.Read(device, $"head.{head}"))];
    }
}
