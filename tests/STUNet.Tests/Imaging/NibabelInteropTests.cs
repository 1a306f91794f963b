using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.TestKit;

namespace STUNet.Tests.Imaging;

/// <summary>An independent reader, nibabel under the system's Python, reads what we wrote; skipped where either it or the shared images are absent.</summary>
public sealed class NibabelInteropTests
{
    private const string ImageFolder = "data/totalsegmentator-tests";

    // One for each type on disk.
    private static readonly uint[] LargestLabels = [104, 999, 70000];
    private static readonly string[] Interpreters = ["/usr/bin/python3", "python3"];

    // Arguments are pairs of an image and a file for its voxels as binary32, x fastest; prints a list of geometries and voxel types.
    private const string Script = """
        import json, sys
        import nibabel, numpy
        def facts(path, voxels):
            image = nibabel.load(path)
            numpy.asarray(image.get_fdata(dtype=numpy.float64)).astype('<f4').reshape(-1, order='F').tofile(voxels)
            header = image.header
            return {
                'shape': list(image.shape), 'type': str(header.get_data_dtype().newbyteorder('=')),
                'affine': image.affine.reshape(-1).tolist(), 'zooms': [float(v) for v in header.get_zooms()],
                'qform': header.get_qform().reshape(-1).tolist(), 'sform': header.get_sform().reshape(-1).tolist(),
                'codes': [int(header['qform_code']), int(header['sform_code'])], 'units': list(header.get_xyzt_units())}
        print(json.dumps([facts(*pair) for pair in zip(sys.argv[1::2], sys.argv[2::2])]))
        """;

    private static readonly Lazy<string?> Interpreter = new(() => Array.Find(Interpreters, candidate => TryRun(candidate, ["-c", "import nibabel"], out _)));

    public static IEnumerable<ITheoryDataRow> Images => RepositoryRoot.Shared is { } shared && Directory.Exists(Path.Combine(shared, ImageFolder))
        ? Directory.GetFiles(Path.Combine(shared, ImageFolder), "*.nii.gz").Order().Select(path => (ITheoryDataRow)new TheoryDataRow<string>(Path.GetFileName(path)))
        : [new TheoryDataRow<string>("absent") { Skip = $"shared/{ImageFolder} absent: put shared/ beside the repository" }];

    [Theory]
    [MemberData(nameof(Images))]
    public void Read_RealImage_VoxelsAndAffineAsNibabel(string name)
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(RepositoryRoot.Shared!, ImageFolder, name);
        (JsonElement facts, float[] voxels) = Nibabel(folder, path)[0];

        Volume volume = VolumeFile.Read(path);

        Assert.Equal(voxels, volume.Voxels.ToArray());
        AssertGeometry(facts, volume.Geometry);
    }

    [Theory]
    [MemberData(nameof(Images))]
    public void WriteLabels_BesideRealImage_NibabelSeesTheSameGeometry(string name)
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(RepositoryRoot.Shared!, ImageFolder, name);
        Volume volume = VolumeFile.Read(path);
        LabelVolume[] maps = [.. LargestLabels.Select(largest => new LabelVolume(volume.Geometry, largest))];
        string[] written = [.. LargestLabels.Select(largest => folder[$"labels{largest}.nii.gz"])];
        for (int map = 0; map < maps.Length; map++)
        {
            for (int i = 0; i < volume.Size.Product; i++)
                maps[map][i] = (uint)(i % (LargestLabels[map] + 1));
            VolumeFile.Write(written[map], maps[map]);
        }

        (JsonElement Facts, float[] Voxels)[] read = Nibabel(folder, [path, .. written]);

        string[] types = [.. read.Skip(1).Select(image => image.Facts.GetProperty("type").GetString()!)];
        Assert.Equal(["uint8", "uint16", "uint32"], types);
        for (int map = 0; map < maps.Length; map++)
        {
            (JsonElement facts, float[] voxels) = read[map + 1];
            foreach (string field in new[] { "shape", "affine", "zooms", "qform", "sform", "codes", "units" })
                Assert.Equal(read[0].Facts.GetProperty(field).GetRawText(), facts.GetProperty(field).GetRawText());
            for (int i = 0; i < voxels.Length; i++)
                Assert.True(voxels[i] == maps[map][i], $"voxel {i}: wrote {maps[map][i]}, nibabel reads {voxels[i]}");
        }
    }

    [Fact]
    public void Write_GeometryMadeInMemory_AsNibabel()
    {
        using TemporaryFolder folder = new();
        Affine oblique = new([0.6, -0.8, 0, -10, 0.8, 0.6, 0, 20, 0, 0, -2.5, 30]);
        VolumeGeometry geometry = new(new Int3(3, 4, 5), new Spacing(2.5, 1, 1), oblique);
        Volume volume = new(geometry, [.. Enumerable.Range(0, 60).Select(i => i * 0.37f)]);

        VolumeFile.Write(folder["image.nii"], volume);

        (JsonElement facts, float[] voxels) = Nibabel(folder, folder["image.nii"])[0];
        Assert.Equal(volume.Voxels.ToArray(), voxels);
        AssertGeometry(facts, VolumeFile.Read(folder["image.nii"]).Geometry);
        Assert.Equal("""["mm", "unknown"]""", facts.GetProperty("units").GetRawText());
        double[] qform = Reals(facts, "qform");
        for (int i = 0; i < 12; i++)
            Assert.Equal(oblique[i / 4, i % 4], qform[i], 1e-6);
    }

    private static void AssertGeometry(JsonElement facts, VolumeGeometry geometry)
    {
        int[] shape = [.. facts.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32())];
        Assert.Equal<IEnumerable<int>>(shape, [geometry.Size.W, geometry.Size.H, geometry.Size.D]);
        Assert.Equal<IEnumerable<double>>(Reals(facts, "zooms"), [geometry.Spacing.X, geometry.Spacing.Y, geometry.Spacing.Z]);
        double[] affine = Reals(facts, "affine");
        for (int i = 0; i < 16; i++)
            Assert.Equal(affine[i], geometry.Affine[i / 4, i % 4], 1e-12 * Math.Max(1, Math.Abs(affine[i])));
    }

    private static (JsonElement Facts, float[] Voxels)[] Nibabel(TemporaryFolder folder, params string[] images)
    {
        Assert.SkipWhen(Interpreter.Value is null, "no Python with nibabel: install python3-nibabel");
        string[] voxels = [.. images.Select((_, i) => folder[$"voxels{i}.f32"])];
        Assert.True(TryRun(Interpreter.Value!, ["-c", Script, .. images.Zip(voxels).SelectMany(pair => new[] { pair.First, pair.Second })], out string output), output);
        return [.. JsonDocument.Parse(output).RootElement.EnumerateArray().Zip(voxels, (facts, file) =>
            (facts, MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(file)).ToArray()))];
    }

    private static double[] Reals(JsonElement facts, string field) =>
        [.. facts.GetProperty(field).EnumerateArray().Select(value => value.GetDouble())];

    private static bool TryRun(string program, string[] arguments, out string output)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0)
                output += errors.Result;
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception absent)
        {
            output = absent.Message;
            return false;
        }
    }
}
