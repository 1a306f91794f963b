using STUNet.Core;
using STUNet.Imaging;
using STUNet.Inference;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.Tests.Inference.Evaluation;

namespace STUNet.Tests.Inference.Postprocessing;

public sealed class PostprocessingFileTests
{
    [Fact]
    public void Read_V1WithSizes_GivesStepsInOrder()
    {
        LabelPostprocessing read = Read("""
            {"for_which_classes": [[1, 2], 2], "min_valid_object_sizes": "{(1, 2): 10.5, 2: 1e3, 7: 3}", "dc_per_class_raw": {"1": NaN}}
            """);
        Assert.Equal(NnunetVersion.V1, read.Version);
        Assert.Equal([("(1, 2)", 10.5), ("2", 1000)], read.Steps.Select(step => (step.What.Key, step.MinimumValidSize!.Value)));
        Assert.All(read.Steps, step => Assert.Equal(VoxelNeighbours.Faces, step.Neighbours));
    }

    [Fact]
    public void Read_V2_GivesUnionsOfLabels()
    {
        LabelPostprocessing read = Read("""
            {"postprocessing_fns": ["remove_all_but_largest_component_from_segmentation", "remove_all_but_largest_component_from_segmentation"],
             "postprocessing_kwargs": [{"labels_or_regions": [[1, 2], 3]}, {"labels_or_regions": 2}]}
            """);
        Assert.Equal(NnunetVersion.V2, read.Version);
        Assert.Equal(["(1, 2, 3)", "2"], read.Steps.Select(step => step.What.Key));
        Assert.All(read.Steps, step => Assert.Equal(VoxelNeighbours.All, step.Neighbours));
    }

    [Theory]
    [InlineData("""{"for_which_classes": []}""")]
    [InlineData("""{"for_which_classes": [], "min_valid_object_sizes": "None"}""")]
    [InlineData("""{"for_which_classes": [], "min_valid_object_sizes": "{}"}""")]
    [InlineData("""{"postprocessing_fns": [], "postprocessing_kwargs": []}""")]
    public void Read_NothingAdopted_ChangesNothing(string text)
    {
        LabelVolume labels = LabelMaps.Row(1, 0, 1, 1);
        Read(text).Apply(labels);
        Assert.Equal([1, 0, 1, 1], labels.As<byte>().ToArray());
    }

    [Theory]
    [InlineData("{}", "for_which_classes")]
    [InlineData("[]", "for_which_classes")]
    [InlineData("""{"for_which_classes": 1}""", "for_which_classes")]
    [InlineData("""{"for_which_classes": [0]}""", "background")]
    [InlineData("""{"for_which_classes": [[1, 0]]}""", "background")]
    [InlineData("""{"for_which_classes": [[]]}""", "for_which_classes[0]")]
    [InlineData("""{"for_which_classes": ["1"]}""", "for_which_classes[0]")]
    [InlineData("""{"for_which_classes": [1.5]}""", "for_which_classes[0]")]
    [InlineData("""{"for_which_classes": [4294967295]}""", "for_which_classes[0]")]
    [InlineData("""{"for_which_classes": [1], "min_valid_object_sizes": "{2: 5}"}""", "min_valid_object_sizes")]
    [InlineData("""{"for_which_classes": [1], "min_valid_object_sizes": "{1: }"}""", "min_valid_object_sizes")]
    [InlineData("""{"for_which_classes": [1], "min_valid_object_sizes": "{1: 2"}""", "min_valid_object_sizes")]
    [InlineData("""{"for_which_classes": [1], "min_valid_object_sizes": "{1: 2} + open('x')"}""", "min_valid_object_sizes")]
    [InlineData("""{"for_which_classes": [1], "min_valid_object_sizes": "{(1: 2}"}""", "min_valid_object_sizes")]
    [InlineData("""{"for_which_classes": [1], "min_valid_object_sizes": 5}""", "min_valid_object_sizes")]
    [InlineData("""{"postprocessing_fns": ["os.system"], "postprocessing_kwargs": [{}]}""", "os.system")]
    [InlineData("""{"postprocessing_fns": [], "postprocessing_kwargs": [{}]}""", "postprocessing_kwargs")]
    [InlineData("""{"postprocessing_fns": []}""", "postprocessing_kwargs")]
    [InlineData("""{"postprocessing_fns": ["remove_all_but_largest_component_from_segmentation"], "postprocessing_kwargs": [{}]}""", "labels_or_regions")]
    public void Read_Wrong_NamesFileAndField(string text, string named)
    {
        string message = Assert.Throws<InvalidFileException>(() => Read(text)).Message;
        Assert.Contains(PostprocessingFile.FileName, message);
        Assert.Contains(named, message);
    }

    private static LabelPostprocessing Read(string text)
    {
        using TemporaryFolder folder = new();
        string path = folder[PostprocessingFile.FileName];
        File.WriteAllText(path, text);
        return PostprocessingFile.Read(path);
    }
}
