namespace STUNet.Tests.Cli;

/// <summary>An independent NIfTI reader, where the system's Python has it.</summary>
internal static class Nibabel
{
    private const string Script = """
        import sys, numpy, nibabel
        a, b = (nibabel.load(path) for path in sys.argv[1:3])
        assert a.shape[:3] == b.shape, (a.shape, b.shape)
        assert numpy.array_equal(a.affine, b.affine), (a.affine, b.affine)
        assert numpy.array_equal(a.header.get_zooms()[:3], b.header.get_zooms()), (a.header.get_zooms(), b.header.get_zooms())
        assert b.get_data_dtype() == numpy.uint8, b.get_data_dtype()
        """;

    /// <summary>Asserts that a label map has an image's geometry to the bit; says so in the test's output where nibabel is absent.</summary>
    public static void AssertSameGeometry(string image, string labels)
    {
        if (!Python.Has("nibabel"))
        {
            TestContext.Current.TestOutputHelper!.WriteLine("python3-nibabel is not installed: geometry compared by our own reader only");
            return;
        }

        (int code, string error) = Python.Run(Script, image, labels);
        Assert.True(code == 0, error);
    }
}
