using System.Text;
using STUNet.Core;
using STUNet.Inference;
using STUNet.TestKit;

namespace STUNet.Tests.Inference.Evaluation;

/// <summary>Damaged files: whatever their bytes, reading gives a value or an <see cref="InvalidFileException"/>, and nothing else.</summary>
public sealed class JsonMutationTests
{
    private const int Mutations = 500;

    [Theory]
    [InlineData("""{"for_which_classes": [[1, 2], 3], "min_valid_object_sizes": "{(1, 2): 10.5, 3: 1e3}", "dc_per_class_raw": {"1": NaN}}""")]
    [InlineData("""{"postprocessing_fns": ["remove_all_but_largest_component_from_segmentation"], "postprocessing_kwargs": [{"labels_or_regions": [[1], 2]}]}""")]
    public void PostprocessingFile_Mutated_NeverFailsOtherwise(string text) => Mutate(text, path => PostprocessingFile.Read(path));

    [Theory]
    [InlineData("""{"labels": {"background": 0, "whole \ud83d\ude00": [1, 2], "core": 2, "ignore": 3}, "channel_names": {"0": "CT"}}""")]
    [InlineData("""{"labels": {"0": "background", "1": "liver \ud83d\ude00"}}""")]
    public void DatasetLabels_Mutated_NeverFailsOtherwise(string text) => Mutate(text, path => DatasetLabels.Read(path));

    private static void Mutate(string text, Action<string> read)
    {
        using TemporaryFolder folder = new();
        string path = folder["mutated.json"];
        Random random = new(20240117);
        for (int i = 0; i < Mutations; i++)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            for (int flips = random.Next(1, 4); flips > 0; flips--)
                bytes[random.Next(bytes.Length)] = random.Next(2) == 0 ? (byte)random.Next(256) : bytes[random.Next(bytes.Length)];
            File.WriteAllBytes(path, random.Next(4) == 0 ? bytes[..random.Next(bytes.Length)] : bytes);
            try
            {
                read(path);
            }
            catch (InvalidFileException)
            {
                continue;
            }
        }
    }
}
