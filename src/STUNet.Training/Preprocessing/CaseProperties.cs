using System.Collections.Immutable;
using System.Text.Json.Nodes;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Imaging.Preprocessing;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>Where a preprocessed case comes from: what a prediction on it needs to find its way back to the image.</summary>
public sealed record CaseProperties
{
    private const int MaxLength = 1 << 30;

    /// <summary>Size (z, y, x) of the image.</summary>
    public required Int3 OriginalSize { get; init; }

    /// <summary>Spacing of the image.</summary>
    public required Spacing OriginalSpacing { get; init; }

    /// <summary>Where the image lies in the patient.</summary>
    public required Affine Affine { get; init; }

    /// <summary>The part of the image that was kept, image order.</summary>
    public required CropBox Box { get; init; }

    /// <summary>Axis a of the network is axis TransposeForward[a] of the image.</summary>
    public required ImmutableArray<int> TransposeForward { get; init; }

    /// <summary>Spacing of the preprocessed case, network order.</summary>
    public required Spacing Spacing { get; init; }

    internal string ToJson() => new JsonObject
    {
        ["original_size"] = Integers(OriginalSize),
        ["original_spacing"] = Lengths(OriginalSpacing),
        ["affine"] = NnunetJson.Floats(Enumerable.Range(0, 12).Select(i => Affine[i / 4, i % 4])),
        ["box_start"] = Integers(Box.Start),
        ["box_size"] = Integers(Box.Size),
        ["transpose_forward"] = NnunetJson.Integers(TransposeForward),
        ["spacing"] = Lengths(Spacing),
    }.ToJsonString();

    internal static CaseProperties Read(JsonField root)
    {
        Int3 size = Size(root["original_size"], 1);
        CropBox box = new(Size(root["box_start"], 0), Size(root["box_size"], 1));
        for (int axis = 0; axis < 3; axis++)
        {
            if ((long)box.Start[axis] + box.Size[axis] > size[axis])
                throw root["box_size"].Wrong("the box leaves the image");
        }

        ImmutableArray<int> forward = root["transpose_forward"].List(item => item.Int(0, 2), 3, 3);
        return new CaseProperties
        {
            OriginalSize = size,
            OriginalSpacing = Lengths(root["original_spacing"]),
            Affine = new Affine(root["affine"].List(item => item.Double(), 12, 12).AsSpan()),
            Box = box,
            TransposeForward = forward.Distinct().Count() == 3 ? forward : throw root["transpose_forward"].Wrong("an axis is missing"),
            Spacing = Lengths(root["spacing"]),
        };
    }

    private static Int3 Size(JsonField field, int least)
    {
        ImmutableArray<int> sizes = field.List(item => item.Int(least, MaxLength), 3, 3);
        return new Int3(sizes[0], sizes[1], sizes[2]);
    }

    private static Spacing Lengths(JsonField field)
    {
        ImmutableArray<double> lengths = field.List(item => item.Double() is > 0 and var length ? length : throw item.Wrong("expected a length above 0"), 3, 3);
        return new Spacing(lengths[0], lengths[1], lengths[2]);
    }

    private static JsonArray Integers(Int3 triple) => [triple.D, triple.H, triple.W];

    private static JsonArray Lengths(Spacing spacing) => NnunetJson.Floats([spacing.Z, spacing.Y, spacing.X]);
}
