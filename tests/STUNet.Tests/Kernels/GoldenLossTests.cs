using System.Text.Json;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Kernels;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.TestKit.Golden;
using STUNet.Tests.Golden;
using STUNet.Training;

namespace STUNet.Tests.Kernels;

/// <summary>The losses of both nnU-Net versions and their gradients against PyTorch: Dice forms, batch Dice, regions, ignore labels, deep supervision.</summary>
public sealed class GoldenLossTests
{
    private const string MainFile = "ops/losses.safetensors";
    private const string NnunetFile = "losses/cases.safetensors";
    private const double LossFloor = 1e-6; // the golden README's

    public static IEnumerable<ITheoryDataRow> MainCases => TestDevices.Times(GoldenCases.Of(MainFile));

    public static IEnumerable<ITheoryDataRow> NnunetCases =>
        TestDevices.Times(GoldenCases.Rows(GoldenSet.Nnunet, set => set.File(NnunetFile).CaseNames));

    public static IEnumerable<ITheoryDataRow> LabelCases => GoldenCases.Rows(GoldenSet.Nnunet, set => set.File(NnunetFile).CaseNames);

    [Theory]
    [MemberData(nameof(MainCases))]
    public void Loss_MainCase_EqualsPyTorch(string name, string device)
    {
        GoldenFile file = GoldenCases.Main.File(MainFile);
        Assert.Equal(SegmentationLoss.Smooth, file.Case(name).GetProperty("smooth").GetDouble());
        foreach (DiceForm form in Enum.GetValues<DiceForm>())
        {
            foreach (bool batch in (bool[])[false, true])
            {
                SegmentationLoss loss = new(form, batch);
                if (file.Has($"{name}.x"))
                    CompareParts(device, file, name, loss);
                else
                    CompareDeepSupervision(device, file, name, loss);
            }
        }
    }

    [Theory]
    [MemberData(nameof(NnunetCases))]
    public void Loss_NnunetCase_EqualsPyTorch(string name, string device)
    {
        GoldenFile file = GoldenCases.Nnunet.File(NnunetFile);
        JsonElement @case = file.Case(name);
        bool regions = @case.GetProperty("regions").ValueKind == JsonValueKind.Array;
        int? ignore = @case.GetProperty("ignore").ValueKind == JsonValueKind.Number ? @case.GetProperty("ignore").GetInt32() : null;
        DiceForm form = @case.GetProperty("version").GetInt32() == 1 ? DiceForm.Version1 : DiceForm.Version2;
        int heads = @case.GetProperty("heads").GetInt32();
        double[] weights = [.. @case.GetProperty("weights").EnumerateArray().Select(weight => weight.GetDouble())];
        int[] skipped = [.. @case.GetProperty("no_gradient").EnumerateArray().Select(head => head.GetInt32())];
        foreach ((string dice, bool batch) in ((string, bool)[])[("sample_dice", false), ("batch_dice", true)])
        {
            SegmentationLoss loss = new(form, batch, regions, ignore);
            LossRun run = new(loss);
            for (int head = 0; head < Math.Min(heads, weights.Length); head++)
                run.Add(head, weights[head], file.Tensor($"{name}.logits.{head}"), file.Tensor($"{name}.target.{head}"));

            (float[] value, IReadOnlyDictionary<int, float[]> gradients) = run.Run(TestDevices.Open(device));
            GoldenTensor expected = file.Tensor($"{name}.{dice}.loss");
            GoldenCompare.Within(expected.Name, expected.ToSingles(), value.AsSpan(0, expected.Shape[0]), Math.Max(LossFloor, expected.Tolerance()));
            foreach ((int head, float[] gradient) in gradients)
            {
                if (skipped.Contains(head))
                    Assert.All(gradient, value => Assert.Equal(0, value)); // version 1 leaves a head of weight 0 out
                else
                    GoldenCompare.Within(file.Tensor($"{name}.{dice}.grad.{head}"), gradient);
            }
        }
    }

    /// <summary>The targets of the losses' cases are what training makes of the labels.</summary>
    [Theory]
    [MemberData(nameof(LabelCases))]
    public void Targets_OfLabels_AreTheCases(string name)
    {
        GoldenFile file = GoldenCases.Nnunet.File(NnunetFile);
        JsonElement @case = file.Case(name);
        GoldenTensor labels = file.Tensor($"{name}.labels");
        NnunetVersion version = @case.GetProperty("version").GetInt32() == 1 ? NnunetVersion.V1 : NnunetVersion.V2;
        int? ignore = @case.GetProperty("ignore").ValueKind == JsonValueKind.Number ? @case.GetProperty("ignore").GetInt32() : null;
        LabelRegions? regions = @case.GetProperty("regions").ValueKind == JsonValueKind.Array
            ? new LabelRegions([.. @case.GetProperty("regions").EnumerateArray().Select(region => region.EnumerateArray().Select(label => label.GetInt32()).ToArray())], ignore)
            : null;
        Int3[] strides = [.. @case.GetProperty("strides").EnumerateArray().Select(GoldenNetwork.Int3Of)];
        Int3 patch = GoldenNetwork.ShapeOf(labels).Size;
        DeepSupervisionTargets targets = new(patch, @case.GetProperty("heads").GetInt32() == 1 ? [Int3.One, Int3.One] : strides, version, regions);
        short[] values = [.. labels.ToSingles().Select(value => (short)value)];
        using AugmentationScratch scratch = new();
        for (int scale = 0; file.Has($"{name}.target.{scale}"); scale++)
        {
            float[] expected = file.Tensor($"{name}.target.{scale}").ToSingles();
            short[] target = new short[targets.Length(scale)];
            for (int n = 0; n < labels.Shape[0]; n++)
            {
                targets.Write(values.AsSpan(n * (int)patch.Product, (int)patch.Product), scale, target, scratch);
                Assert.Equal(expected[(n * target.Length)..((n + 1) * target.Length)], target.Select(value => (float)value));
            }
        }
    }

    // The set gives cross entropy and Dice alone; ours makes the gradient of their sum.
    private static void CompareParts(string device, GoldenFile file, string name, SegmentationLoss loss)
    {
        LossRun run = new(loss);
        run.Add(0, 1, file.Tensor($"{name}.x"), file.Tensor($"{name}.target"));
        (float[] value, IReadOnlyDictionary<int, float[]> gradients) = run.Run(TestDevices.Open(device));
        string dice = $"{name}.dice_v{(loss.Dice == DiceForm.Version1 ? 1 : 2)}.batch_{(loss.BatchDice ? "true" : "false")}";
        GoldenCompare.Within(file.Tensor($"{name}.ce.y"), [value[1]], LossFloor);
        GoldenCompare.Within(file.Tensor($"{dice}.y"), [value[2]], LossFloor);
        GoldenTensor entropy = file.Tensor($"{name}.ce.grad.x");
        GoldenTensor overlap = file.Tensor($"{dice}.grad.x");
        float[] sum = [.. entropy.ToSingles().Zip(overlap.ToSingles(), (a, b) => a + b)];
        GoldenCompare.Within($"{dice} + ce", sum, gradients[0], entropy.Tolerance() + overlap.Tolerance());
    }

    private static void CompareDeepSupervision(string device, GoldenFile file, string name, SegmentationLoss loss)
    {
        double[] weights = [.. file.Case(name).GetProperty("weights").EnumerateArray().Select(weight => weight.GetDouble())];
        LossRun run = new(loss);
        for (int head = 0; head < weights.Length; head++)
            run.Add(head, weights[head], file.Tensor($"{name}.logits.{head}"), file.Tensor($"{name}.target.{head}"));
        (float[] value, IReadOnlyDictionary<int, float[]> gradients) = run.Run(TestDevices.Open(device));
        string entry = $"{name}.v{(loss.Dice == DiceForm.Version1 ? 1 : 2)}.batch_{(loss.BatchDice ? "true" : "false")}";
        GoldenCompare.Within(file.Tensor($"{entry}.loss"), [value[0]], LossFloor);
        foreach ((int head, float[] gradient) in gradients.Where(pair => file.Has($"{entry}.grad.{pair.Key}")))
            GoldenCompare.Within(file.Tensor($"{entry}.grad.{head}"), gradient);
    }

    /// <summary>Records losses of several heads, their sum and gradients, and runs them.</summary>
    private sealed class LossRun(SegmentationLoss loss)
    {
        private readonly Tape _tape = new();
        private readonly List<(int Head, Value Logits, Value Target, GoldenTensor LogitValues, GoldenTensor TargetValues)> _heads = [];
        private Value? _total;

        public void Add(int head, double weight, GoldenTensor logits, GoldenTensor target)
        {
            Shape shape = GoldenNetwork.ShapeOf(logits);
            Value x = _tape.Input($"logits.{head}", new TensorDesc(shape));
            Value t = _tape.Input($"target.{head}", new TensorDesc(shape with { C = target.Shape.Length == 5 ? target.Shape[1] : 1 }, Layout.NDHWC, DType.U8));
            Value sums = _tape.Apply(new SegmentationLossSumsOp(loss), $"sums.{head}", x, t);
            Value value = _tape.Apply(new SegmentationLossOp(loss, (float)weight), $"loss.{head}", x, t, sums);
            _total = _total is null ? value : _tape.Apply(new AddOp(), $"total.{head}", _total, value);
            _heads.Add((head, x, t, logits, target));
        }

        public (float[] Value, IReadOnlyDictionary<int, float[]> Gradients) Run(Device device)
        {
            _tape.Output("loss", _total!);
            IReadOnlyDictionary<Value, Value> gradients = _tape.Backward(_total!, [.. _heads.Select(head => head.Logits)]);
            foreach ((int head, Value x, _, _, _) in _heads)
                _tape.Output($"grad.{head}", gradients[x]);
            using CompiledModel model = new(device, new DictionaryParameters());
            using Plan plan = model.CreatePlan(_tape);
            foreach ((_, Value x, Value t, GoldenTensor logits, GoldenTensor target) in _heads)
            {
                plan.Write(device, x.Name, logits.ToSingles());
                plan.Write(device, t.Name, target.ToSingles());
            }

            plan.Run().Wait();
            return (plan.Read(device, "loss"), _heads.ToDictionary(head => head.Head, head => plan.Read(device, $"grad.{head.Head}")));
        }
    }
}
