using System.Globalization;
using System.Text.Json;
using STUNet.Model;
using STUNet.TestKit.Golden;
using STUNet.Tests.Golden;
using STUNet.Tests.Imaging.Preprocessing;
using STUNet.Training;

namespace STUNet.Tests.Training.Augmentation;

/// <summary>Whole samples, every step with the recorded parameters, against the reference after each of them.</summary>
public sealed class AugmentationChainGoldenTests
{
    private const string File = "augment/chains.safetensors";

    public static IEnumerable<ITheoryDataRow> Cases => GoldenCases.Rows(GoldenSet.Nnunet, set => set.File(File).CaseNames);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Chain_RecordedParameters_MatchesReferenceAfterEveryStep(string name)
    {
        GoldenFile file = GoldenCases.Nnunet.File(File);
        JsonElement parameters = file.Case(name);
        using AugmentationScratch scratch = new();
        SamplePatch loaded = AugmentationGolden.Patch(file, $"{name}.in");
        SamplePatch patch = new(loaded.Channels, parameters.Size("patch"));
        LabelRegions? regions = AugmentationGolden.Regions(parameters);
        string[] steps = [.. parameters.GetProperty("steps").EnumerateArray().Select(step => step.GetString()!)];
        byte[]? ties = file.Has($"{name}.seg_tie") ? file.Tensor($"{name}.seg_tie").Bytes : null;
        for (int i = 0; i < steps.Length; i++)
        {
            string prefix = string.Create(CultureInfo.InvariantCulture, $"{name}.{i:D2}.{steps[i]}");
            short[] labels = Apply(steps[i], parameters, loaded, patch, regions, file, name, scratch);
            AugmentationGolden.Within(file.Tensor($"{prefix}.data"), patch.Values());

            // Ties are given for the final orientation only.
            bool isFinal = Array.IndexOf(steps, "mirror") is var mirror && mirror <= i;
            if (file.Has($"{prefix}.seg") && (ties is null || (isFinal && labels.Length == ties.Length)))
                AugmentationGolden.Equal(file.Tensor($"{prefix}.seg"), labels, ties);
            else if (file.Has($"{prefix}.seg"))
                _ = file.Tensor($"{prefix}.seg");
        }

        NnunetVersion version = parameters.GetProperty("version").GetInt32() == 1 ? NnunetVersion.V1 : NnunetVersion.V2;
        DeepSupervisionTargets targets = new(patch.Size, AugmentationGolden.Strides(parameters.GetProperty("strides")), version, regions);
        TargetGolden.AssertTargets(file, name, targets, patch.Labels.Span, isCompared: ties is null);
    }

    private static short[] Apply(
        string step, JsonElement parameters, SamplePatch loaded, SamplePatch patch, LabelRegions? regions, GoldenFile file, string name, AugmentationScratch scratch)
    {
        double?[] Values() => AugmentationGolden.PerChannel(parameters.GetProperty(step));
        switch (step)
        {
            case "spatial":
                AugmentationGolden.Spatial(parameters).Apply(loaded, patch, scratch);
                break;
            case "noise":
                ReadOnlyMemory<float>[] noise = GoldenJson.Channels(file.Tensor($"{name}.noise").ToSingles(), patch.Size);
                for (int c = 0; c < patch.Channels; c++)
                    GaussianNoise.Add(patch.Channel(c).Span, noise[c].Span);
                break;
            case "regions":
                short[] maps = new short[regions!.Count * patch.Size.Product];
                regions.Convert(patch.Labels.Span, maps);
                return maps;
            default:
                IAugmentation applied = step switch
                {
                    "blur" => new GaussianBlur(Values()),
                    "brightness" => new BrightnessScaling(Values()),
                    "contrast" => new ContrastScaling(Values()),
                    "low_resolution" => new LowResolution(Values(), parameters.IsPresent("dummy_2d", out _)),
                    "gamma_inverted" => new GammaCorrection(Values(), IsInverted: true),
                    "gamma" => new GammaCorrection(Values(), IsInverted: false),
                    "mirror" => AugmentationGolden.Mirror(parameters.GetProperty("mirror")),
                    "mask" => new NonzeroMask(AugmentationGolden.Flags(parameters.GetProperty("mask_flags"))),
                    "remove_label" => new OutsideLabelRemoval(),
                    _ => throw new NotSupportedException(step),
                };
                applied.Apply(patch, scratch);
                break;
        }

        return patch.Labels.ToArray();
    }
}
