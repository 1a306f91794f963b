using System.Globalization;
using System.Text.Json;
using STUNet.Core;
using STUNet.Model;
using STUNet.TestKit.Golden;
using STUNet.Tests.Golden;
using STUNet.Tests.Imaging.Preprocessing;
using STUNet.Training;

namespace STUNet.Tests.Training.Sampling;

/// <summary>Class locations, boxes and cut patches against the reference, its draws replayed.</summary>
public sealed class SamplingGoldenTests
{
    private const string File = "sampling/cases.safetensors";

    public static IEnumerable<ITheoryDataRow> Cases => Names(name => !IsBig(name) && !IsShare(name));

    public static IEnumerable<ITheoryDataRow> BigCases => Names(IsBig);

    public static IEnumerable<ITheoryDataRow> ShareCases => Names(IsShare);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Find_GoldenCase_GivesTheReferencesVoxelsInItsOrder(string name)
    {
        Case golden = Case.Read(name);
        foreach (NnunetVersion version in golden.Versions)
        {
            ClassLocations locations = golden.Locations(version);
            for (int i = 0; i < locations.Entries.Count; i++)
            {
                GoldenTensor expected = golden.File.Tensor($"{name}.{NnunetVersionName.Of(version)}.locations.{i}");
                Assert.Equal(Rows(expected), locations.Entries[i].Voxels.ToArray());
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void ChooseAndCrop_GoldenDraws_GiveTheReferencesPatch(string name)
    {
        Case golden = Case.Read(name);
        (Int3 loader, Int3 final) = (golden.Manifest.Size("loader"), golden.Manifest.Size("final"));
        foreach (JsonElement sample in golden.Manifest.GetProperty("samples").EnumerateArray())
        {
            NnunetVersion version = sample.GetProperty("version").GetInt32() == 1 ? NnunetVersion.V1 : NnunetVersion.V2;
            ClassLocations locations = golden.Locations(version);
            int? annotated = version == NnunetVersion.V2 && golden.HasIgnoreLabel ? locations.Entries.Count - 1 : null;
            PatchSampler sampler = new(version, loader, final, annotated);
            RecordedDraws draws = new(sample.GetProperty("draws"));
            (Int3 start, int? entry) = sampler.Choose(golden.Size, locations, sample.GetProperty("forced").GetBoolean(), draws.Next);

            draws.AssertAllTaken();
            PatchBounds bounds = PatchBounds.Of(golden.Size, loader, final);
            Assert.Equal((sample.Size("lower_bound"), sample.Size("upper_bound")), (bounds.Lower, bounds.Upper));
            Assert.Equal(sample.Size("start"), start);
            string? chosen = sample.GetProperty("chosen").GetString();
            Assert.Equal(chosen is null ? null : Labels(chosen), entry is { } index ? locations.Entries[index].Labels : null);
            AssertPatch(golden, sample.GetProperty("tag").GetString()!, start, loader);
        }
    }

    [Theory]
    [MemberData(nameof(BigCases))]
    public void Find_MoreVoxelsThanAreKept_GivesTheReferencesChoice(string name)
    {
        GoldenFile file = GoldenCases.Nnunet.File(File);
        JsonElement manifest = file.Case(name);
        GoldenTensor labels = file.Tensor($"{name}.seg");
        Int3 size = labels.Shape.Spatial();
        int[] order = Integers(manifest.GetProperty("order"));
        ClassLocations locations = ClassLocations.Find(Shorts(labels), size, [.. order.Select(label => (int[])[label])]);
        Assert.Equal(Integers(manifest.GetProperty("counts")), locations.Entries.Select(entry => entry.Voxels.Length));
        for (int i = 0; i < order.Length; i++)
            AssertChoice(file, name, i.ToString(CultureInfo.InvariantCulture), locations.Entries[i].Voxels.ToArray(), size);
    }

    [Theory]
    [MemberData(nameof(ShareCases))]
    public void Find_MoreThanAMillionVoxels_KeepsOnePercent(string name)
    {
        GoldenFile file = GoldenCases.Nnunet.File(File);
        JsonElement manifest = file.Case(name);
        Int3 size = manifest.Size("shape");
        int columns = manifest.GetProperty("columns").GetInt32();
        short[] labels = new short[size.Product];
        for (int i = 0; i < labels.Length; i++)
            labels[i] = (short)(i < size.W ? 2 : i % size.W < columns ? 1 : 0);
        ClassLocations locations = ClassLocations.Find(labels, size, [[2], [1]]);
        foreach (ClassLocationEntry entry in locations.Entries)
        {
            string label = entry.Labels[0].ToString(CultureInfo.InvariantCulture);
            Assert.Equal(manifest.GetProperty("counts").GetProperty(label).GetInt32(), entry.Voxels.Length);
            AssertChoice(file, name, label, entry.Voxels.ToArray(), size);
        }
    }

    [Fact]
    public void IsForced_EveryBatchSizeAndShare_MatchesReference()
    {
        using JsonDocument rule = JsonDocument.Parse(System.IO.File.ReadAllText(GoldenCases.Nnunet.File("sampling/oversampling_rule.json").OpenPath()));
        foreach (JsonProperty row in rule.RootElement.EnumerateObject())
        {
            string[] parts = row.Name.Split('@');
            (int batch, double share) = (int.Parse(parts[0], CultureInfo.InvariantCulture), double.Parse(parts[1], CultureInfo.InvariantCulture));
            Assert.Equal(
                row.Value.EnumerateArray().Select(forced => forced.GetBoolean()),
                Enumerable.Range(0, batch).Select(sample => ForegroundOversampling.IsForced(sample, batch, share)));
        }
    }

    [Fact]
    public void Enlarged_EveryPatch_MatchesReference()
    {
        using JsonDocument rows = JsonDocument.Parse(System.IO.File.ReadAllText(GoldenCases.Nnunet.File("sampling/loader_patch.json").OpenPath()));
        Assert.All(rows.RootElement.EnumerateArray(), row => Assert.Equal(
            row.Size("loader"), LoaderPatch.Enlarged(row.Size("final"), row.GetProperty("dummy_2d").GetBoolean())));
    }

    private static void AssertPatch(Case golden, string tag, Int3 start, Int3 loader)
    {
        if (!golden.File.Has($"{tag}.data"))
            return;
        GoldenTensor image = golden.File.Tensor($"{tag}.data");
        Assert.Equal(loader, image.Shape.Spatial());
        float[] patch = new float[loader.Product];
        ReadOnlyMemory<float>[] channels = GoldenJson.Channels(golden.Image, golden.Size);
        ReadOnlyMemory<float>[] expected = GoldenJson.Channels(image.ToSingles(), loader);
        for (int c = 0; c < channels.Length; c++)
        {
            PatchCropping.Crop(channels[c].Span, golden.Size, start, patch, loader, 0f);
            Assert.Equal(expected[c].ToArray(), patch);
        }

        short[] labels = new short[loader.Product];
        PatchCropping.Crop(golden.Labels, golden.Size, start, labels, loader, PatchCropping.OutsideLabel);
        Assert.Equal(Shorts(golden.File.Tensor($"{tag}.seg")), labels);
    }

    private static void AssertChoice(GoldenFile file, string name, string key, int[] voxels, Int3 size)
    {
        int[][] rows = [.. voxels.Select(voxel => (int[])[voxel / (size.H * size.W), voxel / size.W % size.H, voxel % size.W])];
        float[] first = file.Tensor($"{name}.first.{key}").ToSingles();
        Assert.Equal(first, rows.Take(first.Length / 3).SelectMany(row => row).Select(index => (float)index));
        Assert.Equal(
            file.Tensor($"{name}.sum.{key}").ToSingles(), Enumerable.Range(0, 3).Select(axis => (float)rows.Sum(row => (long)row[axis])));
    }

    /// <summary>Rows (z, y, x) or (0, z, y, x) as indices of the case the tensor belongs to.</summary>
    private static int[] Rows(GoldenTensor tensor)
    {
        Int3 size = GoldenCases.Nnunet.File(File).Tensor($"{tensor.Name.Split('.')[0]}.seg").Shape.Spatial();
        float[] values = tensor.ToSingles();
        int rank = tensor.Shape[1];
        return [.. Enumerable.Range(0, tensor.Shape[0]).Select(row =>
        {
            ReadOnlySpan<float> index = values.AsSpan(row * rank + rank - 3, 3);
            return (int)((index[0] * size.H + index[1]) * size.W + index[2]);
        })];
    }

    private static IEnumerable<ITheoryDataRow> Names(Func<string, bool> where) =>
        GoldenCases.Rows(GoldenSet.Nnunet, set => set.File(File).CaseNames.Where(where));

    private static bool IsBig(string name) => name.StartsWith("big.", StringComparison.Ordinal);

    private static bool IsShare(string name) => name.StartsWith("share.", StringComparison.Ordinal);

    private static int[] Integers(JsonElement list) => [.. list.EnumerateArray().Select(value => value.GetInt32())];

    private static short[] Shorts(GoldenTensor tensor) => Array.ConvertAll(tensor.ToSingles(), value => (short)value);

    /// <summary>"2" or "(1, 2, 3)".</summary>
    private static int[] Labels(string key) => [.. key.Trim('(', ')')
        .Split(',', StringSplitOptions.RemoveEmptyEntries).Select(label => int.Parse(label, CultureInfo.InvariantCulture))];

    private sealed class RecordedDraws(JsonElement draws)
    {
        private int _taken;

        public int Next(int low, int high)
        {
            JsonElement draw = draws[_taken++];
            Assert.Equal((draw.GetProperty("lo").GetInt32(), draw.GetProperty("hi").GetInt32()), (low, high));
            return draw.GetProperty("value").GetInt32();
        }

        public void AssertAllTaken() => Assert.Equal(draws.GetArrayLength(), _taken);
    }

    private sealed record Case(GoldenFile File, string Name, JsonElement Manifest, float[] Image, short[] Labels, Int3 Size)
    {
        public bool HasIgnoreLabel => Manifest.GetProperty("ignore").ValueKind == JsonValueKind.Number;

        public IEnumerable<NnunetVersion> Versions => Enum.GetValues<NnunetVersion>().Where(version => File.Has($"{Name}.{NnunetVersionName.Of(version)}.locations.0"));

        public static Case Read(string name)
        {
            GoldenFile file = GoldenCases.Nnunet.File(SamplingGoldenTests.File);
            GoldenTensor labels = file.Tensor($"{name}.seg");
            return new Case(file, name, file.Case(name), file.Tensor($"{name}.data").ToSingles(), Shorts(labels), labels.Shape.Spatial());
        }

        public ClassLocations Locations(NnunetVersion version)
        {
            int[][] classes = version == NnunetVersion.V1
                ? [.. Integers(Manifest.GetProperty("version1_class_order")).Select(label => (int[])[label])]
                : [.. Manifest.GetProperty("version2_classes").EnumerateArray().Select(key => SamplingGoldenTests.Labels(key.GetString()!))];
            return ClassLocations.Find(Labels, Size, classes);
        }
    }
}
