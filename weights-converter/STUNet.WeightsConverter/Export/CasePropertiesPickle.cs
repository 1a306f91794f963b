using System.Collections.Immutable;
using STUNet.Core;
using static STUNet.WeightsConverter.PickledObjects;

namespace STUNet.WeightsConverter;

/// <summary>The file <c>CASE.pkl</c> that lies beside probabilities, with the entries that nnU-Net's export and ensembling read.</summary>
public static class CasePropertiesPickle
{
    /// <summary>Writes it as nnU-Net v1 does: everything in the image's axis order but what is said of the network's volume.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="properties">The case.</param>
    public static void WriteV1(string path, CaseProperties properties) => Write(path, Dict(
        ("original_size_of_raw_data", Int64Array([.. properties.ImageSize.Select(size => (long)size)])),
        ("original_spacing", Float64Array([.. properties.Spacing])),
        ("itk_origin", Numbers(properties.ItkOrigin)),
        ("itk_spacing", Numbers(properties.Spacing.Reverse())),
        ("itk_direction", Numbers(properties.ItkDirection)),
        ("crop_bbox", Box(properties.BoxStart, properties.BoxSize)),
        ("size_after_cropping", Numbers(properties.BoxSize)),
        ("size_after_resampling", Numbers(properties.NetworkSize)),
        ("spacing_after_resampling", Float64Array([.. properties.NetworkSpacing]))));

    /// <summary>Writes it as nnU-Net v2 does with SimpleITK as its reader: sizes and boxes in the network's axis order, which v2 crops in.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="properties">The case.</param>
    public static void WriteV2(string path, CaseProperties properties)
    {
        PickleDict geometry = Dict(
            ("spacing", Numbers(properties.Spacing.Reverse())), ("origin", Numbers(properties.ItkOrigin)), ("direction", Numbers(properties.ItkDirection)));
        Write(path, Dict(
            ("sitk_stuff", geometry),
            ("spacing", List(properties.Spacing)),
            ("shape_before_cropping", Numbers(Transposed(properties.ImageSize))),
            ("bbox_used_for_cropping", Box(Transposed(properties.BoxStart), Transposed(properties.BoxSize))),
            ("shape_after_cropping_and_before_resampling", Numbers(Transposed(properties.BoxSize)))));

        ImmutableArray<int> Transposed(ImmutableArray<int> values) => [.. properties.TransposeForward.Select(axis => values[axis])];
    }

    private static void Write(string path, PickleDict root)
    {
        byte[] pickle = Pickler.Dump(root);
        AtomicFile.Write(path, stream => stream.Write(pickle));
    }

    private static PickleTuple Numbers<T>(IEnumerable<T> values) => Tuple([.. values.Select(value => (object?)value)]);

    private static PickleList Box(ImmutableArray<int> start, ImmutableArray<int> size) =>
        List(start.Zip(size, (first, count) => List<int>([first, first + count])));
}
