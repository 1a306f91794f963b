using STUNet.Core;
using STUNet.Imaging;
using STUNet.Imaging.Preprocessing;
using STUNet.Model;

namespace STUNet.Inference;

/// <summary>
/// Sizes of one volume on its way through the pipeline: image, crop box, network's volume, and how the export samples the network's volume.
/// Network order is the image's axis order after the model's transpose.
/// </summary>
internal sealed class CaseGeometry
{
    /// <summary>Works the sizes out.</summary>
    /// <param name="manifest">The model.</param>
    /// <param name="image">The image.</param>
    /// <param name="box">The part of it that is segmented.</param>
    /// <exception cref="InvalidRequestException">The network's volume would have no voxel, or more than one array can hold.</exception>
    public CaseGeometry(ModelManifest manifest, VolumeGeometry image, CropBox box)
    {
        Image = image;
        Target = new Spacing(manifest.SpacingMm[0], manifest.SpacingMm[1], manifest.SpacingMm[2]);
        Grid = GridChange.Of(box, image.Spacing, Permutation(manifest.TransposeForward), Target);
        ExportSeparateAxis = InferenceRules.Of(manifest).ExportSeparateAxis(image.Spacing, Target, Forward, manifest.Export.ForceSeparateZ);
    }

    /// <summary>The image.</summary>
    public VolumeGeometry Image { get; }

    /// <summary>The way to the network.</summary>
    public GridChange Grid { get; }

    /// <summary>The part of the image that is segmented; the rest is background.</summary>
    public CropBox Box => Grid.Box;

    /// <summary>The model's transpose.</summary>
    public AxisPermutation Forward => Grid.Forward;

    /// <summary>The network's spacing, network order.</summary>
    public Spacing Target { get; }

    /// <summary>Size of the box, network order.</summary>
    public Int3 CroppedInNetworkOrder => Grid.CroppedSize;

    /// <summary>Size of the network's volume, network order.</summary>
    public Int3 NetworkSize => Grid.NewSize;

    /// <summary>The axis (image order) that is resampled on its own on the way back; null for none.</summary>
    public int? ExportSeparateAxis { get; }

    /// <summary>How the box samples the network's volume along each axis, network order.</summary>
    /// <param name="export">The plan's orders.</param>
    public AxisSampling[] ExportSampling(ExportParameters export) =>
    [
        .. Enumerable.Range(0, 3).Select(axis => AxisSampling.Create(
            // Equal sizes are not resampled at all; both orders then give the voxels themselves.
            (InterpolationOrder)(ExportSeparateAxis == Forward[axis] ? export.InterpolationOrderZ : export.InterpolationOrder),
            NetworkSize[axis],
            CroppedInNetworkOrder[axis])),
    ];

    /// <summary>A transpose of the manifest.</summary>
    /// <param name="axes">Three axes.</param>
    public static AxisPermutation Permutation(IReadOnlyList<int> axes) => new(axes[0], axes[1], axes[2]);
}
