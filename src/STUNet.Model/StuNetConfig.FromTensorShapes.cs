using System.Collections.Immutable;
using STUNet.Core;

namespace STUNet.Model;

public sealed partial record StuNetConfig
{
    private const string AnotherNetwork = "this looks like a checkpoint of another network than STU-Net";

    /// <summary>
    /// Reads the architecture off the shapes of a checkpoint's tensors: stages, widths, depths, kernels, classes and input channels. Every
    /// parameter must be there with its shape, and no other tensor.
    /// </summary>
    /// <param name="shapes">Shape of each tensor by its published name.</param>
    /// <param name="poolings">The plan's strides without a leading (1, 1, 1); cut or padded with (1, 1, 1) to the number of down-samplings.</param>
    /// <param name="path">The checkpoint, for the message.</param>
    /// <exception cref="InvalidFileException">Not a STU-Net; the message names the first missing or odd tensor.</exception>
    public static StuNetConfig FromTensorShapes(
        IReadOnlyDictionary<string, ImmutableArray<int>> shapes, IEnumerable<Int3> poolings, string path)
    {
        int stages = 0;
        while (stages <= MaxStages && shapes.ContainsKey(FirstWeight(stages)))
            stages++;
        if (stages < 2)
            throw Missing(shapes, path, FirstWeight(stages));

        ImmutableArray<int>[] first = [.. Enumerable.Range(0, stages).Select(stage => Weight(shapes, path, FirstWeight(stage)))];
        ImmutableArray<int> head = Weight(shapes, path, $"{StuNetParameters.Head(stages - 2)}.weight");
        StuNetConfig config;
        try
        {
            config = new StuNetConfig(
                first[0][1],
                head[0],
                [.. first.Select(shape => shape[0])],
                [.. Enumerable.Range(0, stages).Select(stage => CountBlocks(shapes, stage))],
                FitStrides(poolings, stages - 1),
                [.. first.Select(shape => new Int3(shape[2], shape[3], shape[4]))]);
        }
        catch (InvalidRequestException failure)
        {
            throw new InvalidFileException(path, "tensor shapes", failure.Message.TrimEnd('.'), AnotherNetwork, failure);
        }

        RequireExactly(StuNetParameters.Enumerate(config), shapes, path);
        return config;
    }

    private static string FirstWeight(int stage) => $"{StuNetParameters.EncoderStage(stage)}.0.conv1.weight";

    private static int CountBlocks(IReadOnlyDictionary<string, ImmutableArray<int>> shapes, int stage)
    {
        int blocks = 0;
        while (blocks <= MaxDepth && shapes.ContainsKey($"{StuNetParameters.EncoderStage(stage)}.{blocks}.conv1.weight"))
            blocks++;
        return blocks;
    }

    private static ImmutableArray<int> Weight(IReadOnlyDictionary<string, ImmutableArray<int>> shapes, string path, string name)
    {
        if (!shapes.TryGetValue(name, out ImmutableArray<int> shape))
            throw Missing(shapes, path, name);
        if (shape.Length != 5)
            throw new InvalidFileException(path, name, $"expected a 3-D convolution weight with 5 dimensions, found [{string.Join(", ", shape)}]", AnotherNetwork);
        return shape;
    }

    private static void RequireExactly(
        IEnumerable<StuNetParameter> expected, IReadOnlyDictionary<string, ImmutableArray<int>> shapes, string path)
    {
        HashSet<string> known = [];
        foreach (StuNetParameter parameter in expected)
        {
            known.Add(parameter.Name);
            if (!shapes.TryGetValue(parameter.Name, out ImmutableArray<int> found))
                throw Missing(shapes, path, parameter.Name);
            if (!found.SequenceEqual(parameter.Shape))
            {
                throw new InvalidFileException(
                    path, parameter.Name, $"expected shape [{string.Join(", ", parameter.Shape)}], found [{string.Join(", ", found)}]", AnotherNetwork);
            }
        }

        foreach (string name in shapes.Keys)
        {
            if (!known.Contains(name))
                throw new InvalidFileException(path, name, "STU-Net has no such tensor", AnotherNetwork);
        }
    }

    private static InvalidFileException Missing(IReadOnlyDictionary<string, ImmutableArray<int>> shapes, string path, string name)
    {
        string has = shapes.Count == 0 ? "it has no tensors" : $"its first tensor is {shapes.Keys.First()}";
        return new InvalidFileException(path, name, $"tensor missing ({shapes.Count} tensors; {has})", AnotherNetwork);
    }
}
