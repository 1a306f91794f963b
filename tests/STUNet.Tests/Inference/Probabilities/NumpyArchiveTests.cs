using System.Runtime.InteropServices;
using STUNet.Core;
using STUNet.Inference;
using STUNet.TestKit;

namespace STUNet.Tests.Inference;

public sealed class NumpyArchiveTests
{
    private static readonly float[] Values = [1, 0.5f, -2, 65504, 0, 1e-3f];

    [Theory]
    [InlineData(DType.F16)]
    [InlineData(DType.F32)]
    public void Write_ReadBack_SameArray(DType type)
    {
        using TemporaryFolder folder = new();
        Write(folder["a.npz"], type);
        NumpyFile read = NumpyFile.Read(folder["a.npz"]);
        Assert.Equal(("name", $"<f{type.Size()}"), (read.Name, read.Type));
        Assert.Equal([1, 2, 3], read.Shape);
        Assert.Equal(type == DType.F16 ? Array.ConvertAll(Values, value => (float)(Half)value) : Values, read.Values);
        // No time of writing or the like.
        Write(folder["b.npz"], type);
        Assert.Equal(File.ReadAllBytes(folder["a.npz"]), File.ReadAllBytes(folder["b.npz"]));
    }

    /// <summary>Shapes whose descriptions end before, at and after a multiple of 64.</summary>
    [Fact]
    public void Header_AnyShape_EndsAtAMultipleOf64()
    {
        HashSet<int> lengths = [];
        for (int digits = 1; digits < 10; digits++)
        {
            for (int axes = 1; axes < 9; axes++)
            {
                int[] shape = [.. Enumerable.Repeat((int)Math.Pow(10, digits - 1), axes)];
                byte[] header = NumpyArchive.Header(DType.F32, shape);
                Assert.Equal(0, header.Length % 64);
                Assert.Equal(header.Length - 10, header[8] + (header[9] << 8));
                Assert.Equal((byte)'\n', header[^1]);
                lengths.Add(header.Length);
            }
        }

        Assert.Equal([128, 192], lengths.Order());
    }

    [Fact]
    public void Write_Fails_LeavesNothing()
    {
        using TemporaryFolder folder = new();
        Assert.Throws<IOException>(() => NumpyArchive.Write(folder["a.npz"], "name", DType.F32, [1], _ => throw new IOException("full")));
        Assert.Empty(Directory.GetFiles(folder[""]));
    }

    [Fact]
    public void Write_Over4GiB_IsReadByNumpy()
    {
        LongTests.Require("4.5 GiB deflated and inflated");
        Assert.SkipUnless(Python.Has("numpy"), "python3-numpy is not installed");
        using TemporaryFolder folder = new();
        const int Planes = 1152;
        NumpyArchive.Write(folder["a.npz"], "softmax", DType.F32, [Planes, 1024, 1024], stream =>
        {
            float[] plane = new float[1 << 20];
            for (int z = 0; z < Planes; z++)
            {
                plane[z] = z;
                stream.Write(MemoryMarshal.AsBytes<float>(plane));
            }
        });
        const string Script = """
            import sys, zipfile, numpy
            with zipfile.ZipFile(sys.argv[1]) as archive, archive.open("softmax.npy") as entry:
                numpy.lib.format.read_magic(entry)
                shape, fortran, dtype = numpy.lib.format.read_array_header_1_0(entry)
                assert (shape, fortran, dtype) == ((1152, 1024, 1024), False, numpy.float32)
                for z in range(shape[0]):
                    plane = numpy.frombuffer(entry.read(4 << 20), numpy.float32)
                    assert plane.sum() == z * (z + 1) // 2 and plane[z] == z
                assert not entry.read(1)
            """;
        (int code, string error) = Python.Run(Script, folder["a.npz"]);
        Assert.True(code == 0, error);
    }

    private static void Write(string path, DType type) => NumpyArchive.Write(path, "name", type, [1, 2, 3], stream =>
        stream.Write(type == DType.F16 ? MemoryMarshal.AsBytes<Half>(Array.ConvertAll(Values, value => (Half)value)) : MemoryMarshal.AsBytes<float>(Values)));
}
