using STUNet.Core;
using STUNet.Inference;
using STUNet.TestKit;

namespace STUNet.Tests.Inference.Evaluation;

/// <summary>Python's forms, as its json module prints them.</summary>
public sealed class PythonJsonTests
{
    [Theory]
    [InlineData(0.0, "0.0")]
    [InlineData(-0.0, "-0.0")]
    [InlineData(1.0, "1.0")]
    [InlineData(0.1, "0.1")]
    [InlineData(2.0 / 3, "0.6666666666666666")]
    [InlineData(0.0001, "0.0001")]
    [InlineData(0.00001, "1e-05")]
    [InlineData(-1.5e-7, "-1.5e-07")]
    [InlineData(123456789012345680.0, "1.2345678901234568e+17")]
    [InlineData(1e16, "1e+16")]
    [InlineData(1234567890123456.0, "1234567890123456.0")]
    [InlineData(6894.555555555556, "6894.555555555556")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.NegativeInfinity, "-Infinity")]
    public void Number_Double_IsPythonsText(double value, string expected) => Assert.Equal(expected, PythonJson.Number(value));

    [Fact]
    public void Text_Nested_IsIndentedByFour() => Assert.Equal(
        "{\n    \"a\": [\n        1,\n        null\n    ],\n    \"b\\\"\\u00e9\": {},\n    \"c\": []\n}",
        PythonJson.Text(new SortedDictionary<string, object?>(StringComparer.Ordinal)
        {
            ["a"] = new object?[] { 1, null },
            ["b\"é"] = new SortedDictionary<string, object?>(StringComparer.Ordinal),
            ["c"] = Array.Empty<object>(),
        }));

    [Fact]
    public void QuoteTokens_InsideText_AreLeft() => Assert.Equal(
        "{\"NaN \\\" Infinity\": [\"NaN\", \"-Infinity\", \"Infinity\"]}"u8,
        PythonJson.QuoteTokens("{\"NaN \\\" Infinity\": [NaN, -Infinity, Infinity]}"u8));

    [Theory]
    [InlineData("{\"labels\": ")]
    [InlineData("NaNa")]
    [InlineData("\"\\")]
    public void Read_NoJson_NamesTheFile(string text)
    {
        using TemporaryFolder folder = new();
        string path = folder["dataset.json"];
        File.WriteAllText(path, text);
        Assert.Contains(path, Assert.Throws<InvalidFileException>(() => PythonJson.Read(path, root => root.GetRawText())).Message);
    }
}
