using System.Globalization;
using System.Text.Json;
using STUNet.Core;
using STUNet.Model;
using STUNet.TestKit.Golden;
using STUNet.Tests.Golden;
using STUNet.Training;

namespace STUNet.Tests.Training.Schedule;

/// <summary>Rates, averages, checkpoints and online evaluation against nnU-Net's (golden README, section 11).</summary>
public sealed class ScheduleGoldenTests
{
    private const string Rates = "schedule/learning_rate.safetensors";
    private const string Online = "schedule/online_evaluation.safetensors";
    private const double Relative = 1e-9;

    public static IEnumerable<ITheoryDataRow> OnlineCases => GoldenCases.Rows(GoldenSet.Nnunet, set => set.File(Online).CaseNames);

    [Fact]
    public void PolyLearningRate_GoldenRuns_Match()
    {
        GoldenFile file = GoldenCases.Nnunet.File(Rates);
        foreach (string name in file.TensorNames)
        {
            // E1000_lr0.01.used
            int dot = name.LastIndexOf('.');
            string[] run = name[..dot].Split("_lr");
            PolyLearningRate rate = new(double.Parse(run[1], CultureInfo.InvariantCulture), int.Parse(run[0][1..], CultureInfo.InvariantCulture));
            double[] expected = file.Tensor(name).Cast<double>();
            Assert.Equal(rate.Epochs, expected.Length);
            for (int epoch = 0; epoch < expected.Length; epoch++)
                Near(expected[epoch], name[dot..] == ".used" ? rate.At(epoch) : rate.SavedByV1(epoch), $"{name}[{epoch}]");
        }
    }

    [Fact]
    public void MovingAverages_GoldenRun_Match()
    {
        JsonElement run = Epochs();
        Compare("pseudo_dice", "ema_v2", MovingAverage.OfPseudoDiceV2());
        Compare("train_losses", "train_loss_average_v1", MovingAverage.OfTrainingLossV1());
        Compare("pseudo_dice", "metric_average_v1", MovingAverage.OfMetricV1());

        void Compare(string input, string output, MovingAverage average)
        {
            double[] expected = Doubles(run.GetProperty(output));
            double[] values = Doubles(run.GetProperty(input));
            for (int epoch = 0; epoch < values.Length; epoch++)
                Near(expected[epoch], average.Add(values[epoch]), $"{output}[{epoch}]");
        }
    }

    [Theory]
    [InlineData(NnunetVersion.V1, "checkpoints_v1")]
    [InlineData(NnunetVersion.V2, "checkpoints_v2")]
    public void CheckpointSchedule_GoldenRun_WritesTheSameFilesInOrder(NnunetVersion version, string field)
    {
        JsonElement run = Epochs();
        double[] dice = Doubles(run.GetProperty("pseudo_dice"));
        CheckpointSchedule schedule = new(version, run.GetProperty("epochs").GetInt32(), run.GetProperty("save_every").GetInt32());
        MovingAverage average = MovingAverage.OfPseudoDiceV2();
        CheckpointWrite[] expected = [.. run.GetProperty(field).EnumerateArray().Select(write => new CheckpointWrite(write[0].GetInt32(), write[1].GetString()!, write[2].GetInt32()))];
        Assert.Equal(expected, dice.SelectMany((value, epoch) => schedule.AtEndOf(epoch, average.Add(value))));
    }

    [Theory]
    [MemberData(nameof(OnlineCases))]
    public void OnlineEvaluation_GoldenBatches_CountsAndDiceMatch(string name)
    {
        GoldenFile file = GoldenCases.Nnunet.File(Online);
        JsonElement parameters = file.Case(name);
        JsonElement[] batches = [.. parameters.GetProperty("v2_counts").EnumerateArray()];
        using WorkerPool workers = new(2);
        OnlineEvaluation all = new(batches[0][0].GetArrayLength());
        OnlineEvaluation first = new(batches[0][0].GetArrayLength());
        bool hasV1 = parameters.TryGetProperty("v1_counts", out JsonElement v1);
        for (int b = 0; b < batches.Length; b++)
        {
            ClassCounts[] counts = Count(file, name, b, parameters, workers);
            Assert.Equal(Counts(batches[b]), counts);
            if (hasV1)
                Assert.Equal(Counts(v1[b]), counts);
            all.Add(counts);
            if (b == 0)
                first.Add(counts);
        }

        AssertDice(parameters.GetProperty("v2_dice"), all);
        if (hasV1)
        {
            AssertDice(parameters.GetProperty("v1_dice"), all);
            AssertDice(parameters.GetProperty("v1_one_batch"), first);
        }
    }

    private static ClassCounts[] Count(GoldenFile file, string name, int batch, JsonElement parameters, WorkerPool workers)
    {
        GoldenTensor tensor = file.Tensor($"{name}.{batch}.logits");
        float[] logits = tensor.ToSingles();
        float[] target = file.Tensor($"{name}.{batch}.target").ToSingles();
        (int samples, int channels) = (tensor.Shape[0], tensor.Shape[1]);
        bool hasIgnore = parameters.TryGetProperty("ignore", out JsonElement ignore) && ignore.ValueKind != JsonValueKind.Null;
        if (parameters.TryGetProperty("regions", out JsonElement regions) && regions.ValueKind == JsonValueKind.Array)
            return BatchCounts.OfRegions<float>(logits.Select(value => value > 0 ? (byte)1 : (byte)0).ToArray(), target, samples, channels, workers, hasIgnore);
        return BatchCounts.OfClasses<float>(Largest(logits, samples, channels), target, channels, workers, hasIgnore ? ignore.GetInt32() : null);
    }

    // The first of equals.
    private static byte[] Largest(float[] logits, int samples, int classes)
    {
        int voxels = logits.Length / (samples * classes);
        return [.. Enumerable.Range(0, samples * voxels).Select(voxel =>
            (byte)Enumerable.Range(0, classes).MaxBy(k => logits[(((voxel / voxels * classes) + k) * voxels) + (voxel % voxels)]))];
    }

    private static ClassCounts[] Counts(JsonElement rows) =>
        [.. Enumerable.Range(0, rows[0].GetArrayLength()).Select(k => new ClassCounts(rows[0][k].GetInt64(), rows[1][k].GetInt64(), rows[2][k].GetInt64()))];

    private static void AssertDice(JsonElement expected, OnlineEvaluation actual)
    {
        double[] perClass = Doubles(expected[0]);
        Assert.Equal(perClass.Length, actual.DicePerClass.Length);
        for (int k = 0; k < perClass.Length; k++)
            Near(perClass[k], actual.DicePerClass[k], $"class {k}");
        Near(Doubles(expected)[1], actual.MeanDice, "mean");
    }

    // A list in place of a number is not looked at.
    private static double[] Doubles(JsonElement list) =>
        [.. list.EnumerateArray().Select(value => value.ValueKind == JsonValueKind.Number ? value.GetDouble() : double.NaN)];

    private static void Near(double expected, double actual, string at) =>
        Assert.True(expected.Equals(actual) || Math.Abs(expected - actual) <= Relative * Math.Abs(expected), $"{at}: expected {expected:R}, got {actual:R}");

    private static JsonElement Epochs() => JsonDocument.Parse(File.ReadAllBytes(GoldenCases.Nnunet.File("schedule/epochs.json").OpenPath())).RootElement;
}
