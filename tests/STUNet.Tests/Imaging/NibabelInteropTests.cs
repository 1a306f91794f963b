using System.Diagnostics;
using System.Text.Json;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.TestKit;

namespace STUNet.Tests.Imaging;

/// <summary>An independent reader, nibabel under the system's Python, reads what we wrote; skipped where either it or the shared images are absent.</summary>
public sealed class NibabelInteropTests
{
    private const string ImageFolder = "data/totalsegmentator-tests";
    private static readonly string[] Interpreters = ["/usr/bin/python3", "python3"];

    // Prints geometry and voxel type, and writes the voxels as binary32, x fastest.
    private const string Script = """
        import json, sys
        import nibabel, numpy
        image = nibabel.load(sys.argv[1])
        numpy.asarray(image.get_fdata(dtype=numpy.float64)).astype('<f4').reshape(-1, order='F').tofile(sys.argv[2])
        header = image.header
        def real(value):
            return float(value)
        print(json.dumps({
            'shape': list(image.shape), 'type': str(header.get_data_dtype().newbyteorder('=')),
            'affine': [real(v) for v in image.affine.reshape(-1)], 'zooms': [real(v) for v in header.get_zooms()],
            'qform': [real(v) for v in header.get_qform().reshape(-1)], 'sform': [real(v) for v in header.get_sform().reshape(-1)],
            'codes': [int(header['qform_code']), int(header['sform_code'])], 'units': list(header.get_xyzt_units())}))
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
        (JsonElement facts, float[] voxels) = Nibabel(path, folder);

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
        (JsonElement source, _) = Nibabel(path, folder);
        Volume volume = VolumeFile.Read(path);
        foreach (uint largest in new[] { 104u, 999u, 70000u })
        {
            LabelVolume labels = new(volume.Geometry, largest);
            for (int i = 0; i < volume.Size.Product; i++)
                labels[i] = (uint)(i % (largest + 1));
            string written = folder.File($"labels{largest}.nii.gz");

            VolumeFile.Write(written, labels);

            (JsonElement facts, float[] voxels) = Nibabel(written, folder);
            foreach (string field in new[] { "shape", "affine", "zooms", "qform", "sform", "codes", "units" })
                Assert.Equal(source.GetProperty(field).GetRawText(), facts.GetProperty(field).GetRawText());
            Assert.Equal(largest switch { 104 => "uint8", 999 => "uint16", _ => "uint32" }, facts.GetProperty("type").GetString());
            for (int i = 0; i < voxels.Length; i++)
                Assert.True(voxels[i] == labels[i], $"voxel {i}: wrote {labels[i]}, nibabel reads {voxels[i]}");
        }
    }

    [Fact]
    public void Write_GeometryMadeInMemory_AsNibabel()
    {
        using TemporaryFolder folder = new();
        Affine oblique = new([0.6, -0.8, 0, -10, 0.8, 0.6, 0, 20, 0, 0, -2.5, 30]);
        VolumeGeometry geometry = new(new Int3(3, 4, 5), new Spacing(2.5, 1, 1), oblique);
        Volume volume = new(geometry, [.. Enumerable.Range(0, 60).Select(i => i * 0.37f)]);

        VolumeFile.Write(folder.File("image.nii"), volume);

        (JsonElement facts, float[] voxels) = Nibabel(folder.File("image.nii"), folder);
        Assert.Equal(volume.Voxels.ToArray(), voxels);
        AssertGeometry(facts, VolumeFile.Read(folder.File("image.nii")).Geometry);
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

    private static (JsonElement Facts, float[] Voxels) Nibabel(string image, TemporaryFolder folder)
    {
        Assert.SkipWhen(Interpreter.Value is null, "no Python with nibabel: install python3-nibabel");
        string voxels = folder.File("voxels.f32");
        Assert.True(TryRun(Interpreter.Value!, ["-c", Script, image, voxels], out string output), output);
        byte[] bytes = File.ReadAllBytes(voxels);
        return (JsonDocument.Parse(output).RootElement, System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes).ToArray());
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
