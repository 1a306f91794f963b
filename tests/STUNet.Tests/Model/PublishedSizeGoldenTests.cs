using System.Collections.Immutable;
using System.Text.Json;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Kernels;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.TestKit.Golden;
using STUNet.Tests.Golden;

namespace STUNet.Tests.Model;

/// <summary>The published sizes with seeded weights against PyTorch: logits at stored positions, statistics of all heads, the argmax of every voxel.</summary>
public sealed class PublishedSizeGoldenTests
{
    /// <summary>Networks up to this many multiply-adds run always; STU-Net-S at 128^3 has 1.3e11. Larger ones are long tests.</summary>
    private const long AlwaysRunMacs = 200_000_000_000;

    public static IEnumerable<ITheoryDataRow> Networks => GoldenCases.FilesBelow("real/", ".safetensors");

    [Theory]
    [MemberData(nameof(Networks))]
    public void Seeded_ParametersAndInput_EqualTheStoredSamples(string fileName)
    {
        GoldenFile file = GoldenCases.Main.File(fileName);
        JsonElement @case = file.Case(Assert.Single(file.CaseNames));
        StuNetConfig config = GoldenNetwork.ConfigOf(@case);
        string salt = @case.GetProperty("salt").GetString()!;
        Assert.Equal(@case.GetProperty("parameters").GetInt64(), StuNetParameters.Enumerate(config).Sum(parameter => parameter.Count));
        SeededParameters parameters = new(config, salt);
        foreach (string name in file.TensorNames.Where(name => name.StartsWith("check.param.", StringComparison.Ordinal)))
        {
            string parameter = name["check.param.".Length..];
            float[] values = new float[StuNetParameters.Enumerate(config).Single(candidate => candidate.Name == parameter).Count];
            parameters.Read(parameter, values);
            float[] expected = file.Tensor(name).ToSingles();
            Assert.Equal(expected, values[..expected.Length]);
        }

        Int3 patch = GoldenNetwork.Int3Of(@case.GetProperty("patch"));
        float[] input = SeededInput.Create(salt, config.InputChannels, patch);
        float[] first = file.Tensor("check.input.first").ToSingles();
        Assert.Equal(first, input[..first.Length]);
        int[] positions = file.Tensor("positions").Cast<int>();
        ulong key = SeededParameters.Key(salt, "positions");
        Assert.Equal(positions, Enumerable.Range(0, positions.Length).Select(k => (int)(SeededParameters.Bits(key, (ulong)k) % (ulong)patch.Product)));
        Assert.Equal(file.Tensor("check.input.at_positions").ToSingles(), positions.Select(position => input[position]));
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Forward_SeededWeights_EqualsPyTorch(string fileName)
    {
        GoldenFile file = GoldenCases.Main.File(fileName);
        JsonElement @case = file.Case(Assert.Single(file.CaseNames));
        StuNetConfig config = GoldenNetwork.ConfigOf(@case);
        Int3 patch = GoldenNetwork.Int3Of(@case.GetProperty("patch"));
        Account(file);
        using CpuDevice device = new();
        using CompiledModel model = new(device, new SeededParameters(config, @case.GetProperty("salt").GetString()!));
        Tape tape = Record(config, patch);
        PlanReport report = model.Measure(tape);
        long macs = report.Work.Flops / 2;
        if (macs > AlwaysRunMacs)
            LongTests.Require($"{macs / 1e9:F0} GMAC, {(report.ArenaBytes + report.ConstantBytes) / 1e9:F1} GB");
        using Plan plan = model.CreatePlan(tape);
        plan.Write(device, "x", SeededInput.Create(@case.GetProperty("salt").GetString()!, config.InputChannels, patch));
        plan.Run().Wait();

        GoldenTensor logits = file.Tensor("logits");
        ComparePositions(file, plan.View("head.0"), logits);
        for (int head = 0; file.Has($"head.{head}.mean"); head++)
            CompareStatistics(file, head, plan.View($"head.{head}"), logits.F32Err);
        CompareLabels(file, plan.Read(device, "labels"));
    }

    private static Tape Record(StuNetConfig config, Int3 patch)
    {
        Tape tape = new();
        ImmutableArray<Value> heads = StuNet.Forward(tape, config, tape.Input("x", new TensorDesc(new Shape(1, config.InputChannels, patch))));
        for (int head = 0; head < heads.Length; head++)
            tape.Output($"head.{head}", heads[head]);
        tape.Output("labels", tape.Apply(new ArgMaxOp(), "labels", heads[0]));
        return tape;
    }

    private static void Account(GoldenFile file)
    {
        foreach (string name in file.TensorNames)
            file.Account(name);
        GoldenLabels.Account(GoldenCases.Main, file);
    }

    private static unsafe void ComparePositions(GoldenFile file, TensorView head, GoldenTensor logits)
    {
        int[] positions = file.Tensor("positions").Cast<int>();
        int classes = head.Desc.Shape.C;
        float[] actual = new float[positions.Length * classes];
        for (int i = 0; i < positions.Length; i++)
        {
            for (int c = 0; c < classes; c++)
                actual[(i * classes) + c] = head.Floats[((long)positions[i] * head.Desc.ChannelPitch) + c];
        }

        GoldenCompare.Within(logits, actual);
    }

    /// <summary>
    /// Minimum and maximum move at most as far as single logits do, mean and deviation less; where the file gives no float32 error of a
    /// statistic, the error of the logits bounds it.
    /// </summary>
    private static unsafe void CompareStatistics(GoldenFile file, int head, TensorView view, double logitsError)
    {
        int classes = view.Desc.Shape.C;
        long voxels = view.Desc.Shape.Voxels;
        double[] sum = new double[classes];
        double[] squares = new double[classes];
        float[] min = [.. Enumerable.Repeat(float.PositiveInfinity, classes)];
        float[] max = [.. Enumerable.Repeat(float.NegativeInfinity, classes)];
        for (long voxel = 0; voxel < voxels; voxel++)
        {
            float* row = view.Floats + (voxel * view.Desc.ChannelPitch);
            for (int c = 0; c < classes; c++)
            {
                sum[c] += row[c];
                squares[c] += (double)row[c] * row[c];
                min[c] = Math.Min(min[c], row[c]);
                max[c] = Math.Max(max[c], row[c]);
            }
        }

        Compare("mean", [.. sum.Select(s => (float)(s / voxels))]);
        Compare("std", [.. sum.Zip(squares, (s, q) => (float)Math.Sqrt((q / voxels) - (s / voxels * (s / voxels))))]);
        Compare("min", min);
        Compare("max", max);

        void Compare(string statistic, float[] actual)
        {
            GoldenTensor expected = file.Tensor($"head.{head}.{statistic}");
            GoldenCompare.Within(expected, actual, floor: expected.F32Err > 0 ? 0 : 8 * logitsError);
        }
    }

    private static void CompareLabels(GoldenFile file, float[] labels)
    {
        GoldenLabels expected = GoldenLabels.Beside(GoldenCases.Main, file);
        Assert.Equal(expected.Count, labels.Length);
        int wrong = expected.CountWrong(labels);
        Assert.True(wrong == 0, $"{wrong} labels differ outside of the ambiguous voxels");
    }
}
