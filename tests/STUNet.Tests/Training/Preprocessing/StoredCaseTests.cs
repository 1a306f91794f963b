using System.Text;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Imaging.Preprocessing;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.Training;

namespace STUNet.Tests.Training.Preprocessing;

public sealed class StoredCaseTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly WorkerPool _pool = new(1);

    private string Path => _folder["case_1.safetensors"];

    [Fact]
    public void Open_WrittenCase_GivesTheSameBits()
    {
        using PreprocessedVolumes expected = Write();
        using StoredCase actual = StoredCase.Open(Path);
        Assert.Equal(("case_1", "hash"), (actual.Identifier, actual.Source));
        Assert.Equal(NnunetVersion.V2, actual.Rules);
        Assert.Equal((expected.Size, expected.Channels.Length), (actual.Size, actual.Channels));
        for (int channel = 0; channel < actual.Channels; channel++)
            Assert.True(expected.Channels[channel].GetSpan().SequenceEqual(actual.Channel(channel)));
        Assert.True(expected.Labels.AsSpan().SequenceEqual(actual.Labels));
        ClassLocations locations = ClassLocations.Find(expected.Labels, expected.Size, [[1], [2, 3], [4]]);
        Assert.Equal(locations.Entries.Select(entry => entry.Labels), actual.Locations.Entries.Select(entry => entry.Labels));
        Assert.Equal(locations.Entries.Select(entry => entry.Voxels.ToArray()), actual.Locations.Entries.Select(entry => entry.Voxels.ToArray()));
        Assert.Empty(actual.Locations.Entries[2].Voxels.ToArray());
        CaseProperties properties = expected.Properties;
        Assert.Equal(properties with { TransposeForward = actual.Properties.TransposeForward }, actual.Properties);
        Assert.Equal(properties.TransposeForward, actual.Properties.TransposeForward);
        Assert.Throws<ArgumentOutOfRangeException>(() => actual.Channel(2).Length);
    }

    [Fact]
    public void Dispose_Case_EndsEveryRead()
    {
        using PreprocessedVolumes written = Write();
        StoredCase actual = StoredCase.Open(Path);
        ReadOnlyMemory<int> voxels = actual.Locations.Entries[0].Voxels;
        actual.Dispose();
        actual.Dispose();
        Assert.Throws<ObjectDisposedException>(() => actual.Labels.Length);
        Assert.Throws<ObjectDisposedException>(() => voxels.Span.Length);
    }

    [Fact]
    public void Open_TruncatedOrForeign_IsOneSentence()
    {
        using PreprocessedVolumes written = Write();
        byte[] sound = File.ReadAllBytes(Path);
        Refused(sound[..^1], "truncated");
        Refused([.. sound, 0], "foreign bytes");
        Refused(sound[..20], "truncated");
        Refused([], "truncated");
        Refused(Changed(sound, "\"version\":\"2\"", "\"version\":\"1\""), "version 1 of the format");
        Refused(Changed(sound, "stunet-case", "stunet-cake"), "not a preprocessed case");
        Refused(Changed(sound, "\"F32\"", "\"I32\""), "expected F32");
        Refused(Changed(sound, "\"rules\":\"v2\"", "\"rules\":\"v3\""), "rules: there are no rules \"v3\"");
        Refused(Changed(sound, "\"labels\":{", "\"lapels\":{"), "labels");
        Refused(Changed(sound, "original_size\\u0022:[", "original_size\\u0022:{"), "properties: not JSON");
        Refused(Changed(sound, "locations\\u0022:", "lokations\\u0022:"), "classes[0].locations: missing");
        Assert.Contains("does not exist", Assert.Throws<InvalidFileException>(() => StoredCase.Open(_folder["absent.safetensors"])).Message);
    }

    [Fact]
    public void Open_LocationOutsideOfTheCase_IsRefused()
    {
        using PreprocessedVolumes written = Write();
        byte[] bytes = File.ReadAllBytes(Path);
        using (SafetensorsReader reader = new(Path))
            bytes[reader.Locate("locations").Offset + 3] = 0x7F;
        Refused(bytes, "lies outside");
    }

    [Fact]
    public void Channel_AnyBitFlipped_IsRefused()
    {
        using PreprocessedVolumes written = Write();
        byte[] sound = File.ReadAllBytes(Path);
        int header = 8 + (int)BitConverter.ToInt64(sound);
        SampleRandom random = new(3);
        for (int round = 0; round < 300; round++)
        {
            byte[] bytes = [.. sound];
            bytes[random.Integer(header, sound.Length - 1)] ^= (byte)(1 << random.Integer(0, 7));
            Damaged(bytes);
        }

        Damaged(Changed(sound, "\"source\":\"hash\"", "\"source\":\"hush\""));
        Damaged(Changed(sound, "original_size\\u0022:[5,", "original_size\\u0022:[6,"));

        void Damaged(byte[] bytes)
        {
            File.WriteAllBytes(Path, bytes);
            InvalidFileException error = Assert.Throws<InvalidFileException>(() =>
            {
                using StoredCase opened = StoredCase.Open(Path);
                return opened.Channel(0).Length;
            });
            Assert.StartsWith(Path, error.Message);
            Assert.Contains("preprocess the case again", error.Message);
        }
    }

    [Fact]
    public void Open_FileWithoutHash_IsReadUnverified()
    {
        using PreprocessedVolumes written = Write();
        File.WriteAllBytes(Path, Changed(File.ReadAllBytes(Path), "\"sha256\"", "\"no_256\""));
        using StoredCase opened = StoredCase.Open(Path);
        Assert.False(opened.HasHash);
        Assert.True(written.Labels.AsSpan().SequenceEqual(opened.Labels));
    }

    [Fact]
    public void Open_DamagedHeader_NeverFailsInAnotherWay()
    {
        using PreprocessedVolumes written = Write();
        byte[] sound = File.ReadAllBytes(Path);
        int header = 8 + (int)BitConverter.ToInt64(sound);
        SampleRandom random = new(7);
        for (int round = 0; round < 2000; round++)
        {
            byte[] bytes = [.. sound];
            bytes[random.Integer(0, header - 1)] = (byte)random.Integer(0, 255);
            File.WriteAllBytes(Path, bytes);
            try
            {
                using StoredCase opened = StoredCase.Open(Path);
                Assert.Equal(opened.Size.Product, opened.Labels.Length);
            }
            catch (InvalidFileException)
            {
            }
        }
    }

    public void Dispose()
    {
        _pool.Dispose();
        _folder.Dispose();
    }

    private static byte[] Changed(byte[] bytes, string from, string to)
    {
        string text = Encoding.Latin1.GetString(bytes);
        Assert.Contains(from, text);
        int at = text.IndexOf(from, StringComparison.Ordinal);
        return Encoding.Latin1.GetBytes(text[..at] + to + text[(at + from.Length)..]);
    }

    private void Refused(byte[] bytes, string expected)
    {
        File.WriteAllBytes(Path, bytes);
        InvalidFileException error = Assert.Throws<InvalidFileException>(() => StoredCase.Open(Path));
        Assert.Contains(expected, error.Message);
        Assert.StartsWith(Path, error.Message);
    }

    private PreprocessedVolumes Write()
    {
        Int3 size = new(5, 6, 7);
        VolumeGeometry geometry = new(size, new Spacing(2, 0.8f, 1.1), new Affine([1, 0, 0, 4, 0, 1, 0, 5, 0, 0, 2, 6]));
        LabelVolume labels = new(geometry);
        for (int i = 0; i < size.Product; i++)
            labels[i] = (uint)(i / 9 % 4);
        PreprocessingRecipe recipe = new()
        {
            Version = NnunetVersion.V2,
            Forward = new AxisPermutation(1, 0, 2),
            Spacing = [1, 1.5, 1.2],
            Channels = [new IntensityRule(NormalizationScheme.ZScore, false, null), new IntensityRule(NormalizationScheme.None, false, null)],
            Classes = [[1], [2, 3], [4]],
            Labels = [0, 1, 2, 3, 4],
        };
        Volume[] image = [new Volume(geometry, SeededInput.Create("a", 1, size)), new Volume(geometry, SeededInput.Create("b", 1, size))];
        PreprocessedVolumes volumes = new TrainingPreprocessor(recipe, _pool).Run(new TrainingVolumes([.. image], labels));
        CaseFile.Write(Path, volumes, ClassLocations.Find(volumes.Labels, volumes.Size, recipe.Classes), "hash", recipe.Version, CancellationToken.None);
        return volumes;
    }
}
