using System.Text.Json;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Inference;
using STUNet.Model;
using STUNet.TestKit.Golden;
using STUNet.Tests.Golden;
using STUNet.Tests.Imaging.Preprocessing;

namespace STUNet.Tests.Inference;

/// <summary>A whole case of the golden set with the stand-in networks of its folds, by the rules of either version.</summary>
internal sealed record NnunetInferenceCase(
    GoldenFile File, JsonElement Parameters, ModelManifest Manifest, IReadOnlyList<Volume> Image, IReadOnlyList<WindowPredictor> Folds)
{
    private const double UnitRoundoff = 1.0 / (1 << 24);

    public int Classes => Manifest.Architecture.Classes;

    /// <summary>What the case says of the version.</summary>
    public JsonElement Expected => Parameters.GetProperty(NnunetVersionName.Of(Manifest.Nnunet));

    public static NnunetInferenceCase Read(string name, NnunetVersion version)
    {
        GoldenFile file = GoldenCases.Nnunet.File(name);
        JsonElement parameters = file.Case(file.CaseNames.Single());
        ModelManifest manifest = InferenceCases.Manifest(
            parameters, parameters.GetProperty("channels").GetInt32(), parameters.GetProperty("classes").GetInt32(), version);
        Int3 size = parameters.Size("shape");
        VolumeGeometry geometry = new(size, parameters.Spacing("spacing"));
        float[] raw = file.Tensor("raw").ToSingles();
        Volume[] image = [.. raw.Chunk((int)size.Product).Select(channel => new Volume(geometry, channel))];
        WindowPredictor[] folds = [.. Enumerable.Range(0, parameters.GetProperty("folds").GetInt32()).Select(fold => new StandInPredictor(
            manifest.Architecture.Classes,
            manifest.Channels.Length,
            manifest.PatchSize,
            file.Tensor($"net.{fold}.A").ToSingles(),
            file.Tensor($"net.{fold}.B").ToSingles(),
            file.Tensor($"net.{fold}.D").ToSingles(),
            values: InferenceRules.Of(manifest).Values))];
        return new NnunetInferenceCase(file, parameters, manifest, image, folds);
    }

    public SegmenterOptions Options(SegmentationMode mode = SegmentationMode.Normal) => new() { StepSize = Parameters.GetProperty("step").GetDouble(), Mode = mode };

    public PreprocessedCase Prepare(CpuDevice device) =>
        new CasePreprocessor(Manifest, Parameters.GetProperty("step").GetDouble(), device.Workers).Run(Image, new StepClock(), CancellationToken.None);

    /// <summary>The largest rounding error of a mean whose values have a magnitude.</summary>
    /// <remarks>
    /// n windows, folds and mirrorings are added one by one to a binary32 sum of values and to one of weights (the reference first averages the mirrorings). Equal
    /// addends round the same way every time, so errors add up: each sum is off by at most (n - 1) u of itself and their quotient by twice that, where the
    /// set's own rule (4 f32_err, or 2 u sqrt(n)) expects errors of random sign.
    /// </remarks>
    public double Rounding(double scale, WindowGrid grid) =>
        2 * (Folds.Count << Manifest.MirrorAxes.Length) * InferenceCases.MostWindowsOverOneVoxel(grid) * UnitRoundoff * scale;

    public void Within(GoldenTensor expected, float[] actual, WindowGrid grid) =>
        GoldenCompare.Within(expected.Name, expected.ToSingles(), actual, Math.Max(4 * expected.F32Err, Rounding(expected.Scale, grid)));

    /// <summary>Asserts that labels are equal where the set does not call them too close to tell.</summary>
    public static void AssertLabels(GoldenTensor expected, GoldenTensor ambiguous, LabelVolume actual)
    {
        Assert.Equal(expected.Bytes.Length, actual.As<byte>().Length);
        for (int i = 0; i < expected.Bytes.Length; i++)
        {
            if (ambiguous.Bytes[i] == 0)
                Assert.True(expected.Bytes[i] == actual[i], $"{expected.Name}[{i}]: expected {expected.Bytes[i]}, got {actual[i]}");
        }
    }
}
