using System.Text.Json;
using STUNet.TestKit.Golden;
using STUNet.Tests.Golden;
using STUNet.Training;

namespace STUNet.Tests.Training.Augmentation;

/// <summary>
/// What is drawn, against the reference's table of probabilities and ranges. The seed is fixed, so these tests do not fail by chance; bounds are five
/// standard deviations.
/// </summary>
public sealed class AugmentationDistributionTests
{
    private static readonly int[] AllAxes = [0, 1, 2];
    private const int Samples = 20_000;
    private const int Channels = 3;
    private const double Deviations = 5;

    public static IEnumerable<ITheoryDataRow> Versions => GoldenCases.Rows(GoldenSet.Nnunet, _ =>
        Table().RootElement.EnumerateObject().Select(version => (object)version.Name));

    [Theory]
    [MemberData(nameof(Versions))]
    public void Draw_EveryStep_FollowsTheReferencesTable(string version)
    {
        using JsonDocument table = Table();
        JsonElement steps = table.RootElement.GetProperty(version).GetProperty("training");
        DrawnAugmentation[] drawn = Draw(inPlane: false);
        foreach (JsonElement step in steps.EnumerateArray())
        {
            switch (step.GetProperty("step").GetString())
            {
                case "spatial":
                    AssertSpatial(step, drawn);
                    break;
                case "gaussian_noise":
                    Uniform(step.GetProperty("standard_deviation"), Fired<GaussianNoise>(step, drawn).Select(noise => noise.StandardDeviation));
                    break;
                case "gaussian_blur":
                    Uniform(step.GetProperty("sigma"), PerChannel(step, Fired<GaussianBlur>(step, drawn).SelectMany(blur => blur.Sigmas)));
                    break;
                case "brightness":
                    Uniform(step.GetProperty("factor"), PerChannel(step, Fired<BrightnessScaling>(step, drawn).SelectMany(brightness => brightness.Factors)));
                    break;
                case "contrast":
                    TwoSided(step.GetProperty("factor"), PerChannel(step, Fired<ContrastScaling>(step, drawn).SelectMany(contrast => contrast.Factors)));
                    break;
                case "low_resolution":
                    Uniform(step.GetProperty("zoom"), PerChannel(step, Fired<LowResolution>(step, drawn).SelectMany(low => low.Zooms)));
                    break;
                case "gamma_inverted":
                    AssertGamma(step, drawn, isInverted: true);
                    break;
                case "gamma":
                    AssertGamma(step, drawn, isInverted: false);
                    break;
                case "mirror":
                    Mirroring[] mirrorings = Fired<Mirroring>(step, drawn);
                    foreach (JsonElement axis in step.GetProperty("axes").EnumerateArray())
                        Frequency(step.GetProperty("p_per_axis").GetDouble(), mirrorings.Count(mirroring => mirroring.Axes[axis.GetInt32()]), Samples);
                    break;
                case "mask":
                    Assert.All(drawn, sample => Assert.Equal([false, true, false], sample.Steps.OfType<NonzeroMask>().Single().Channels));
                    break;
                case "remove_label":
                    Assert.Equal((step.GetProperty("from").GetInt32(), step.GetProperty("to").GetInt32()), (PatchCropping.OutsideLabel, 0));
                    Assert.All(drawn, sample => Assert.IsType<OutsideLabelRemoval>(sample.Steps[^1]));
                    break;
                case "regions" or "deep_supervision":
                    break;
                default:
                    Assert.Fail($"the table has a step {step} that is not tested");
                    break;
            }
        }
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void Draw_Steps_AreInTheReferencesOrder(string version)
    {
        using JsonDocument table = Table();
        JsonElement both = table.RootElement.GetProperty(version);
        string[] order = [.. both.GetProperty("training").EnumerateArray().Select(step => step.GetProperty("step").GetString()!)];
        Assert.Equal("spatial", order[0]);
        Assert.All(Draw(inPlane: false), sample =>
        {
            int[] places = [.. sample.Steps.Select(step => Array.IndexOf(order, Name(step)))];
            Assert.DoesNotContain(-1, places);
            Assert.Equal(places.Order(), places);
        });
        Assert.Equal("remove_label", both.GetProperty("validation")[0].GetString());
        Assert.Equal(["remove_label"], TrainingAugmentation.Validation.Select(Name));
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void Draw_InPlane_RotatesByOneAngleAndKeepsTheFirstAxis(string version)
    {
        using JsonDocument table = Table();
        JsonElement spatial = table.RootElement.GetProperty(version).GetProperty("training")[0];
        DrawnAugmentation[] drawn = Draw(inPlane: true);
        RotationAngles[] angles = [.. drawn.Select(sample => sample.Spatial.Angles).OfType<RotationAngles>()];
        Frequency(spatial.GetProperty("p_rotation_per_sample").GetDouble(), angles.Length, Samples);
        Uniform(spatial.GetProperty("angle_dummy_2d"), angles.Select(rotation => rotation.About0));
        Assert.All(angles, rotation => Assert.Equal((0, 0), (rotation.About1, rotation.About2)));
        Assert.All(drawn.SelectMany(sample => sample.Steps).OfType<LowResolution>(), low => Assert.True(low.KeepsFirstAxis));
    }

    [Fact]
    public void Draw_NoMaskedChannel_LeavesTheMaskOut()
    {
        TrainingAugmentation augmentation = new(Channels, InPlane: false, [false, false, false], AllAxes);
        Assert.Empty(augmentation.Draw(new SampleRandom(1)).Steps.OfType<NonzeroMask>());
    }

    [Fact]
    public void Draw_WithoutAMirrorAxis_ChangesNothingElse()
    {
        TrainingAugmentation all = new(Channels, InPlane: false, [], AllAxes);
        TrainingAugmentation some = all with { MirrorAxes = [0, 2] };
        for (int sample = 0; sample < 50; sample++)
        {
            DrawnAugmentation expected = all.Draw(new SampleRandom(3, 0, sample));
            DrawnAugmentation drawn = some.Draw(new SampleRandom(3, 0, sample));
            Assert.Equal(expected.Spatial.ToString(), drawn.Spatial.ToString());
            Assert.Equal(expected.Steps.Select(step => step.GetType()), drawn.Steps.Select(step => step.GetType()));
            IReadOnlyList<bool> flips = expected.Steps.OfType<Mirroring>().Single().Axes;
            Assert.Equal([flips[0], false, flips[2]], drawn.Steps.OfType<Mirroring>().Single().Axes);
        }
    }

    private static DrawnAugmentation[] Draw(bool inPlane)
    {
        TrainingAugmentation augmentation = new(Channels, inPlane, [false, true, false], AllAxes);
        return [.. Enumerable.Range(0, Samples).Select(sample => augmentation.Draw(new SampleRandom(11, 0, sample)))];
    }

    private static void AssertSpatial(JsonElement step, DrawnAugmentation[] drawn)
    {
        RotationAngles[] angles = [.. drawn.Select(sample => sample.Spatial.Angles).OfType<RotationAngles>()];
        double[] scales = [.. drawn.Select(sample => sample.Spatial.Scale).OfType<double>()];
        Frequency(step.GetProperty("p_rotation_per_sample").GetDouble(), angles.Length, Samples);
        Frequency(step.GetProperty("p_scale_per_sample").GetDouble(), scales.Length, Samples);
        JsonElement ranges = step.GetProperty("angles_3d");
        Uniform(ranges[0], angles.Select(rotation => rotation.About0));
        Uniform(ranges[1], angles.Select(rotation => rotation.About1));
        Uniform(ranges[2], angles.Select(rotation => rotation.About2));
        TwoSided(step.GetProperty("scale"), scales);

        // Rotation and scaling are independent of one another.
        double both = step.GetProperty("p_rotation_per_sample").GetDouble() * step.GetProperty("p_scale_per_sample").GetDouble();
        Frequency(both, drawn.Count(sample => sample.Spatial is { Angles: not null, Scale: not null }), Samples);
    }

    private static void AssertGamma(JsonElement step, DrawnAugmentation[] drawn, bool isInverted)
    {
        GammaCorrection[] fired = [.. drawn.SelectMany(sample => sample.Steps).OfType<GammaCorrection>().Where(gamma => gamma.IsInverted == isInverted)];
        Frequency(step.GetProperty("p_per_sample").GetDouble(), fired.Length, Samples);
        TwoSided(step.GetProperty("gamma"), PerChannel(step, fired.SelectMany(gamma => gamma.Gammas)));
        Assert.All(fired, gamma => Assert.Equal(step.GetProperty("retain_stats").GetBoolean(), gamma.RetainsStatistics));
    }

    private static T[] Fired<T>(JsonElement step, DrawnAugmentation[] drawn)
        where T : IAugmentation
    {
        T[] fired = [.. drawn.SelectMany(sample => sample.Steps).OfType<T>()];
        Frequency(step.GetProperty("p_per_sample").GetDouble(), fired.Length, Samples);
        return fired;
    }

    private static double[] PerChannel(JsonElement step, IEnumerable<double?> values)
    {
        double?[] all = [.. values];
        double[] touched = [.. all.OfType<double>()];
        Frequency(step.TryGetProperty("p_per_channel", out JsonElement p) ? p.GetDouble() : 1, touched.Length, all.Length);
        Assert.True(touched.Distinct().Count() == touched.Length, "channels share a value");
        return touched;
    }

    private static void Frequency(double probability, int count, int of)
    {
        double bound = Deviations * Math.Sqrt(of * probability * (1 - probability));
        Assert.InRange(count, of * probability - bound - 1e-9, of * probability + bound + 1e-9);
    }

    private static void Uniform(JsonElement range, IEnumerable<double> values) => Uniform(range[0].GetDouble(), range[1].GetDouble(), [.. values]);

    private static void Uniform(double low, double high, double[] values)
    {
        // Nothing outside; mean and variance of the uniform distribution; of n values the extremes are within a share of 20 / n of the ends.
        Assert.All(values, value => Assert.InRange(value, low, high));
        double width = high - low;
        double error = Deviations / Math.Sqrt(values.Length);
        Assert.Equal((low + high) / 2, values.Average(), error * width / Math.Sqrt(12));
        Assert.Equal(1.0 / 12, values.Average(value => Math.Pow((value - (low + high) / 2) / width, 2)), error / Math.Sqrt(180));
        Assert.InRange(values.Min(), low, low + width * 20 / values.Length);
        Assert.InRange(values.Max(), high - width * 20 / values.Length, high);
    }

    private static void TwoSided(JsonElement rule, double[] values)
    {
        JsonElement range = rule.GetProperty("range");
        double[] below = [.. values.Where(value => value < 1)];
        Frequency(0.5, below.Length, values.Length);
        Uniform(range[0].GetDouble(), 1, below);
        Uniform(1, range[1].GetDouble(), [.. values.Where(value => value >= 1)]);
    }

    private static string Name(IAugmentation step) => step switch
    {
        GaussianNoise => "gaussian_noise",
        GaussianBlur => "gaussian_blur",
        BrightnessScaling => "brightness",
        ContrastScaling => "contrast",
        LowResolution => "low_resolution",
        GammaCorrection gamma => gamma.IsInverted ? "gamma_inverted" : "gamma",
        Mirroring => "mirror",
        NonzeroMask => "mask",
        OutsideLabelRemoval => "remove_label",
        _ => throw new NotSupportedException(step.ToString()),
    };

    private static JsonDocument Table() => JsonDocument.Parse(File.ReadAllText(GoldenSet.Nnunet!.File("augment/distributions.json").OpenPath()));
}
