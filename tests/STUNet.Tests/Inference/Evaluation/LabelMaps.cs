using STUNet.Core;
using STUNet.Imaging;
using STUNet.Inference;
using STUNet.TestKit.Golden;

namespace STUNet.Tests.Inference.Evaluation;

/// <summary>Label maps and cases of tests.</summary>
internal static class LabelMaps
{
    /// <summary>A label map of one row.</summary>
    public static LabelVolume Row(params byte[] labels) => new(new VolumeGeometry(new Int3(1, 1, labels.Length), new Spacing(1, 1, 1)), labels);

    /// <summary>A golden label map.</summary>
    public static LabelVolume Of(GoldenTensor tensor, Spacing? spacing = null)
    {
        VolumeGeometry geometry = new(new Int3(tensor.Shape[0], tensor.Shape[1], tensor.Shape[2]), spacing ?? new Spacing(1, 1, 1));
        float[] values = tensor.ToSingles();
        LabelVolume labels = new(geometry, (uint)values.Max());
        for (int i = 0; i < values.Length; i++)
            labels[i] = (uint)values[i];
        return labels;
    }

    /// <summary>The cases of a golden file, as many as there are of <c>pred.I</c> and <c>ref.I</c>.</summary>
    public static IReadOnlyList<EvaluationCase> Cases(GoldenFile file, Spacing? spacing = null) =>
        [.. Enumerable.Range(0, file.TensorNames.Count(name => name.StartsWith("pred.", StringComparison.Ordinal))).Select(i =>
        {
            LabelVolume prediction = Of(file.Tensor($"pred.{i}"), spacing);
            LabelVolume reference = Of(file.Tensor($"ref.{i}"), spacing);
            return new EvaluationCase($"case_{i}", prediction.Copy, reference.Copy);
        })];

    /// <summary>A case in memory.</summary>
    public static EvaluationCase Case(LabelVolume prediction, LabelVolume reference) => new("case", prediction.Copy, reference.Copy);

    /// <summary>A label or region from its key, such as <c>3</c> or <c>(1, 2)</c>.</summary>
    public static LabelOrRegion Parse(string key) => key[0] == '('
        ? LabelOrRegion.Region(key.Trim('(', ')').Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(uint.Parse))
        : LabelOrRegion.Label(uint.Parse(key));
}
