using System.Text.Json;
using STUNet.Core;
using STUNet.Imaging.Preprocessing;
using STUNet.TestKit.Golden;
using STUNet.Tests.Golden;
using STUNet.Tests.Imaging.Preprocessing;
using STUNet.Training;

namespace STUNet.Tests.Training.Augmentation;

/// <summary>Single steps with given parameters against the reference.</summary>
public sealed class AugmentationStepGoldenTests
{
    private const string File = "augment/steps.safetensors";
    private const string Intensity = "intensity";

    public static IEnumerable<ITheoryDataRow> SpatialCases =>
        GoldenCases.Rows(GoldenSet.Nnunet, set => set.File(File).CaseNames.Where(name => name != Intensity));

    [Theory]
    [MemberData(nameof(SpatialCases))]
    public void Spatial_GoldenCase_MatchesReference(string name)
    {
        GoldenFile file = GoldenCases.Nnunet.File(File);
        JsonElement parameters = file.Case(name);
        SamplePatch loaded = AugmentationGolden.Patch(file, $"{name}.in");
        SamplePatch patch = new(loaded.Channels, parameters.Size("patch"));
        InterpolationOrder order = parameters.GetProperty("order_seg").GetInt32() == 0 ? InterpolationOrder.Nearest : InterpolationOrder.Linear;
        using AugmentationScratch scratch = new();
        AugmentationGolden.Spatial(parameters).Apply(loaded, patch, scratch, order);
        AugmentationGolden.Within(file.Tensor($"{name}.out.data"), patch.Values());
        byte[]? ties = file.Has($"{name}.out.seg_tie") ? file.Tensor($"{name}.out.seg_tie").Bytes : null;
        AugmentationGolden.Equal(file.Tensor($"{name}.out.seg"), patch.Labels.Span, ties);
    }

    [Fact]
    public void Noise_Given_IsAdded()
    {
        GoldenFile file = GoldenCases.Nnunet.File(File);
        float[] values = file.Tensor($"{Intensity}.in").ToSingles();
        GaussianNoise.Add(values, file.Tensor($"{Intensity}.noise_array").ToSingles());
        AugmentationGolden.Within(file.Tensor($"{Intensity}.noise"), values);
    }

    [Fact]
    public void Blur_EveryParameter_MatchesReference() => Run("blur", entry => new GaussianBlur(AugmentationGolden.PerChannel(entry)));

    [Fact]
    public void Brightness_EveryParameter_MatchesReference() =>
        Run("brightness", entry => new BrightnessScaling(AugmentationGolden.PerChannel(entry)));

    [Fact]
    public void Contrast_EveryParameter_MatchesReference() =>
        Run("contrast", entry => new ContrastScaling(AugmentationGolden.PerChannel(entry)));

    [Fact]
    public void Gamma_EveryParameter_MatchesReference() => Run("gamma", Gamma);

    [Fact]
    public void LowResolution_EveryParameter_MatchesReference()
    {
        Run("low_resolution", Lowered);
        GoldenFile file = GoldenCases.Nnunet.File(File);
        JsonElement parameters = file.Case(Intensity);
        Int3 size = file.Tensor($"{Intensity}.in").Shape.Spatial();
        JsonElement sizes = parameters.GetProperty("low_resolution_sizes");
        for (int i = 0; i < sizes.GetArrayLength(); i++)
        {
            // The manifest's sizes are those without axes that keep theirs.
            LowResolution step = Lowered(parameters.GetProperty("low_resolution")[i]) with { KeepsFirstAxis = false };
            for (int c = 0; c < step.Zooms.Count; c++)
            {
                if (step.Zooms[c] is { } zoom)
                    Assert.Equal(GoldenJson.Size(sizes[i][c]), step.SmallSize(size, zoom));
            }
        }
    }

    [Fact]
    public void Mirror_EveryParameter_MatchesReference()
    {
        GoldenFile file = GoldenCases.Nnunet.File(File);
        foreach (JsonElement axes in file.Case(Intensity).GetProperty("mirror").EnumerateArray())
        {
            SamplePatch patch = Apply(file.Tensor($"{Intensity}.in"), AugmentationGolden.Mirror(axes));
            string word = string.Concat(axes.EnumerateArray().Select(axis => axis.GetRawText()));
            AugmentationGolden.Within(file.Tensor($"{Intensity}.mirror.{word}"), patch.Values());
        }
    }

    [Fact]
    public void ContrastAndGamma_ConstantImage_MatchReference()
    {
        GoldenFile file = GoldenCases.Nnunet.File(File);
        JsonElement parameters = file.Case(Intensity);
        GoldenTensor constant = file.Tensor("constant.in");
        IAugmentation contrast = new ContrastScaling(AugmentationGolden.PerChannel(parameters.GetProperty("contrast")[0]));
        AugmentationGolden.Within(file.Tensor("constant.contrast.0"), Apply(constant, contrast).Values());
        AugmentationGolden.Within(file.Tensor("constant.gamma.0"), Apply(constant, Gamma(parameters.GetProperty("gamma")[0])).Values());
    }

    private static void Run(string step, Func<JsonElement, IAugmentation> read)
    {
        GoldenFile file = GoldenCases.Nnunet.File(File);
        JsonElement entries = file.Case(Intensity).GetProperty(step);
        for (int i = 0; i < entries.GetArrayLength(); i++)
            AugmentationGolden.Within(file.Tensor($"{Intensity}.{step}.{i}"), Apply(file.Tensor($"{Intensity}.in"), read(entries[i])).Values());
    }

    private static SamplePatch Apply(GoldenTensor image, IAugmentation step)
    {
        SamplePatch patch = AugmentationGolden.Image(image);
        using AugmentationScratch scratch = new();
        step.Apply(patch, scratch);
        return patch;
    }

    private static GammaCorrection Gamma(JsonElement entry) => new(
        AugmentationGolden.PerChannel(entry.GetProperty("gammas")), entry.GetProperty("invert").GetBoolean(), entry.GetProperty("retain").GetBoolean());

    private static LowResolution Lowered(JsonElement entry) =>
        new(AugmentationGolden.PerChannel(entry.GetProperty("zooms")), KeepsFirstAxis: entry.IsPresent("keep_axes", out _));
}
