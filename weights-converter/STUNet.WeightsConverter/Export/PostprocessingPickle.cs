using System.Collections.Immutable;
using STUNet.Core;
using static STUNet.WeightsConverter.PickledObjects;

namespace STUNet.WeightsConverter;

/// <summary>
/// nnU-Net v2's <c>postprocessing.pkl</c>, which it applies: a pair of a list of functions and a list of their arguments. There is one function, which keeps the largest component of
/// labels; it is written and recognised by name, never called.
/// </summary>
public static class PostprocessingPickle
{
    /// <summary>Name of the file in a trainer folder.</summary>
    public const string FileName = "postprocessing.pkl";

    /// <summary>Name of the one function.</summary>
    public const string KeepLargest = "remove_all_but_largest_component_from_segmentation";

    private const string Module = "nnunetv2.postprocessing.remove_connected_components";
    private const string Argument = "labels_or_regions";
    private const int MaxLabel = 1 << 24;

    /// <summary>Writes the file.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="kept">Per step the labels of which, together, the largest component is kept.</param>
    public static void Write(string path, IReadOnlyList<IReadOnlyList<uint>> kept)
    {
        PickleTuple root = Tuple(
            List(kept.Select(_ => new PickleName(Module, KeepLargest))),
            List(kept.Select(labels => Dict((Argument, labels.Count == 1 ? (long)labels[0] : List(labels.Select(label => (long)label)))))));
        byte[] pickle = Pickler.Dump(root);
        AtomicFile.Write(path, stream => stream.Write(pickle));
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Per step the labels of which, together, the largest component is kept.</returns>
    /// <exception cref="InvalidFileException">Missing, damaged, hostile, or with another function.</exception>
    public static ImmutableArray<ImmutableArray<uint>> Read(string path)
    {
        PickleField root = PickleFile.Read(path);
        ImmutableArray<PickleField> pair = root.List(item => item, 2, 2);
        ImmutableArray<bool> functions = pair[0].List(item => item.Value is PickleGlobal { Kind: GlobalKind.Function }
            ? true
            : throw item.Wrong($"expected the function {KeepLargest}, found {PickleCalls.Describe(item.Value)}"));
        return pair[1].List(item => Labels(item[Argument]).ToImmutableArray(), functions.Length, functions.Length);
    }

    // A label, a tuple of labels (a region), or a list of both: always their union.
    private static IEnumerable<uint> Labels(PickleField field) => field.Value is PickleList or PickleTuple
        ? field.List(Labels, min: 1).SelectMany(labels => labels)
        : [(uint)field.Int(1, MaxLabel)];
}
