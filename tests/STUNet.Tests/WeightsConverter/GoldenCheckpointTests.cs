using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using STUNet.Core;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.TestKit.Golden;
using STUNet.Tests.Golden;
using STUNet.Tests.Model;
using STUNet.WeightsConverter;

namespace STUNet.Tests.WeightsConverter;

/// <summary>Every checkpoint of the golden set, good and bad, as its manifest lists them.</summary>
public sealed partial class GoldenCheckpointTests
{
    private const string Folder = "checkpoints/";
    private const long MaxAllocatedBytes = 64 << 20;
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(10);

    public static IEnumerable<ITheoryDataRow> GoodCheckpoints() => Entries("good", name => !name.EndsWith(".pkl", StringComparison.Ordinal));

    public static IEnumerable<ITheoryDataRow> GoodPickles() => Entries("good", name => name.EndsWith(".pkl", StringComparison.Ordinal));

    public static IEnumerable<ITheoryDataRow> BadCheckpoints() => Entries("bad", name => !name.EndsWith(".pkl", StringComparison.Ordinal));

    public static IEnumerable<ITheoryDataRow> BadPickles() => Entries("bad", name => name.EndsWith(".pkl", StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(GoodCheckpoints))]
    public void Open_GoodCheckpoint_GivesTheExpectedTensorsAndValues(string name)
    {
        (GoldenFile expected, JsonElement facts) = Expected();
        using PyTorchCheckpoint checkpoint = new(GoldenCases.Main.File(Folder + name).OpenPath());
        foreach (TensorInfo tensor in checkpoint.Tensors)
            AssertTensor(expected, checkpoint, tensor);

        PickleField root = checkpoint.Root;
        foreach ((string member, string fact) in new[] { ("epoch", "epoch"), ("plot_stuff", "plot_stuff"), ("best_stuff", "best_stuff"), ("amp_grad_scaler", "grad_scaler"), ("grad_scaler_state", "grad_scaler") })
        {
            if (root.Optional(member) is { } field)
                PickleJson.AssertEqual(facts.GetProperty(fact), field.Value, member);
        }

        if (root.Optional("init_args") is { } arguments)
            Assert.Equal(facts.GetProperty("init_args_configuration").GetString(), arguments["configuration"].Text());
        if ((root.Optional("optimizer_state_dict") ?? root.Optional("optimizer_state")) is { } optimizer)
            AssertOptimizer(expected, facts, checkpoint, optimizer);
    }

    [Theory]
    [MemberData(nameof(GoodCheckpoints))]
    public void FromTensorShapes_GoodCheckpoint_FindsTheNetworkOrNamesWhatIsMissing(string name)
    {
        (_, JsonElement facts) = Expected();
        StuNetConfig config = StuNetConfigTests.OfPlan(facts.GetProperty("plan"));
        using PyTorchCheckpoint checkpoint = new(GoldenCases.Main.File(Folder + name).OpenPath());
        string[] names = [.. StuNetParameters.Enumerate(config).Select(parameter => parameter.Name)];
        if (checkpoint.Tensors.Count == names.Length)
        {
            Assert.Equal(names, checkpoint.Tensors.Select(tensor => tensor.Name));
            Assert.Equal(config, StuNetConfig.FromTensorShapes(checkpoint.Shapes(), config.Strides, checkpoint.Path));
        }
        else
        {
            Assert.Throws<InvalidFileException>(() => StuNetConfig.FromTensorShapes(checkpoint.Shapes(), config.Strides, checkpoint.Path));
        }
    }

    [Theory]
    [MemberData(nameof(GoodPickles))]
    public void Read_GoodPlans_GiveTheStatedFields(string name)
    {
        (_, JsonElement facts) = Expected();
        string description = facts.GetProperty("good").GetProperty(name).GetString()!;
        string path = GoldenCases.Main.File(Folder + name).OpenPath();
        PickleField root = PickleFile.Read(path);
        NnunetV1Plans plans = root.Optional("plans") is null ? NnunetV1Plans.Read(path) : NnunetV1SideFile.Read(path).Plans;
        if (description.Contains("published", StringComparison.Ordinal))
        {
            PublishedPlansTests.AssertPublished(plans, hasStages: root.Optional("plans") is not null);
            return;
        }

        JsonElement stated = facts.GetProperty("plans");
        PickleJson.AssertEqual(stated, (root.Optional("plans") ?? root).Value, "plans");
        if (root.Optional("name") is not null)
            Assert.Equal(facts.GetProperty("side_name").GetString(), NnunetV1SideFile.Read(path).Trainer);
        Assert.Equal(stated.GetProperty("num_classes").GetInt32(), plans.NumClasses);
        JsonElement stage = stated.GetProperty("plans_per_stage").EnumerateObject().First().Value;
        Assert.Equal(stage.GetProperty("pool_op_kernel_sizes").EnumerateArray().Select(Triple), plans.Stages[0].PoolOpKernelSizes);
        Assert.Equal(Triple(stage.GetProperty("patch_size")), plans.Stages[0].PatchSize);
        Assert.Equal(stage.GetProperty("current_spacing").EnumerateArray().Select(value => value.GetDouble()), plans.Stages[0].CurrentSpacing);
    }

    [Theory]
    [MemberData(nameof(BadCheckpoints))]
    public void Open_BadCheckpoint_IsRefusedQuickly(string name)
    {
        string path = GoldenCases.Main.File(Folder + name).OpenPath();
        AssertRefused(name, path, () =>
        {
            using PyTorchCheckpoint checkpoint = new(path);
            foreach (TensorInfo tensor in checkpoint.Tensors)
                checkpoint.Read(tensor.Name, new float[tensor.Count]);
        });
    }

    [Theory]
    [MemberData(nameof(BadPickles))]
    public void Read_BadPickle_IsRefusedQuickly(string name)
    {
        string path = GoldenCases.Main.File(Folder + name).OpenPath();
        AssertRefused(name, path, () => PickleFile.Read(path));
        AssertRefused(name, path, () => NnunetV1Plans.Read(path));
        AssertRefused(name, path, () => NnunetV1SideFile.Read(path));
    }

    [Theory]
    [MemberData(nameof(BadPickles))]
    public void Open_BadPickleInsideACheckpoint_IsRefusedQuickly(string name)
    {
        using TemporaryFolder folder = new();
        string path = folder["x.model"];
        using (TorchZipWriter zip = new(path))
        {
            zip.Add("archive/data.pkl", File.ReadAllBytes(GoldenCases.Main.File(Folder + name).OpenPath()));
            zip.Add("archive/version", "3\n"u8.ToArray());
        }

        AssertRefused(name, path, () => new PyTorchCheckpoint(path).Dispose());
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    private static IEnumerable<ITheoryDataRow> Entries(string kind, Func<string, bool> where) => GoldenCases.Rows(
        GoldenSet.Main,
        set => set.FilesBelow(Folder, ".safetensors").SelectMany(file => file.CaseNames.Select(file.Case))
            .SelectMany(facts => facts.GetProperty(kind).EnumerateObject().Select(entry => entry.Name)).Where(where));

    private static (GoldenFile File, JsonElement Facts) Expected()
    {
        GoldenFile file = Assert.Single(GoldenCases.Main.FilesBelow(Folder, ".safetensors"));
        return (file, file.Case(Assert.Single(file.CaseNames)));
    }

    private static void AssertTensor(GoldenFile expected, PyTorchCheckpoint checkpoint, TensorInfo tensor)
    {
        string stored = expected.Has($"odd.{tensor.Name}") ? $"odd.{tensor.Name}" : $"param.{tensor.Name}";
        GoldenTensor golden = expected.Tensor(stored);
        Assert.Equal(golden.Shape, tensor.Shape);
        float[] values = new float[tensor.Count];
        checkpoint.Read(tensor.Name, values);
        float[] wanted = golden.ToSingles();
        if (golden.DType != tensor.ElementType.ToString())
        {
            wanted = tensor.ElementType switch
            {
                ElementType.F16 => [.. wanted.Select(value => (float)(Half)value)],
                ElementType.BF16 => [.. wanted.Select(value => BFloat16.ToSingle(BFloat16.FromSingle(value)))],
                _ => throw new InvalidOperationException($"{tensor.Name} is stored as {tensor.ElementType}"),
            };
            string rounded = $"{(tensor.ElementType == ElementType.F16 ? "fp16" : "bf16")}.{tensor.Name}";
            if (expected.Has(rounded))
                Assert.Equal(expected.Tensor(rounded).ToSingles(), values);
        }

        Assert.Equal(wanted, values);

        // The second half on its own: reading from the middle of a tensor, contiguous or strided.
        float[] half = new float[values.Length / 2];
        checkpoint.Read(tensor.Name, values.Length - half.Length, half);
        Assert.Equal(values[^half.Length..], half);
    }

    private static void AssertOptimizer(GoldenFile expected, JsonElement facts, PyTorchCheckpoint checkpoint, PickleField optimizer)
    {
        PickleJson.AssertEqual(facts.GetProperty("optimizer_param_groups"), optimizer["param_groups"].Value, "param_groups");
        foreach (string name in expected.TensorNames.Where(name => name.StartsWith("momentum.", StringComparison.Ordinal)))
        {
            TorchTensor buffer = Assert.IsType<TorchTensor>(optimizer["state"].OptionalAt(long.Parse(name[9..]))!.Value["momentum_buffer"].Value);
            float[] values = new float[buffer.Count];
            checkpoint.Read(buffer, 0, values, name);
            Assert.Equal(expected.Tensor(name).ToSingles(), values);
        }
    }

    private static void AssertRefused(string name, string path, Action open)
    {
        (_, JsonElement facts) = Expected();
        Stopwatch clock = Stopwatch.StartNew();
        long before = GC.GetAllocatedBytesForCurrentThread();
        InvalidFileException failure = Assert.Throws<InvalidFileException>(open);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MaxAllocatedBytes);
        Assert.True(clock.Elapsed < MaxTime, $"{name} took {clock.Elapsed}");
        Assert.Contains(path, failure.Message);
        Assert.DoesNotContain('\n', failure.Message);
        Match global = RefusedGlobal().Match(facts.GetProperty("bad").GetProperty(name).GetString()!);
        if (global.Success)
            Assert.Contains(global.Groups[1].Value, failure.Message);
    }

    private static Int3 Triple(JsonElement list) => Int3.From(axis => list[axis].GetInt32());

    [GeneratedRegex("(?:REDUCE|STACK_GLOBAL) of ([A-Za-z_.]+)")]
    private static partial Regex RefusedGlobal();
}
