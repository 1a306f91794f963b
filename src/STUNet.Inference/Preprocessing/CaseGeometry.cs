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
        Box = box;
        Forward = Permutation(manifest.TransposeForward);
        Target = new Spacing(manifest.SpacingMm[0], manifest.SpacingMm[1], manifest.SpacingMm[2]);
        Spacing spacing = Forward.Apply(image.Spacing);
        CroppedInNetworkOrder = Forward.Apply(box.Size);
        NetworkSize = ResamplingGeometry.NewSize(CroppedInNetworkOrder, spacing, Target);
        RequireUsable();
        SeparateAxis = ResamplingGeometry.SeparateAxis(spacing, Target);
        ExportSeparateAxis = ExportAxis(manifest.Export, image.Spacing);
    }

    /// <summary>The image.</summary>
    public VolumeGeometry Image { get; }

    /// <summary>The part of the image that is segmented; the rest is background.</summary>
    public CropBox Box { get; }

    /// <summary>The model's transpose.</summary>
    public AxisPermutation Forward { get; }

    /// <summary>The network's spacing, network order.</summary>
    public Spacing Target { get; }

    /// <summary>Size of the box, network order.</summary>
    public Int3 CroppedInNetworkOrder { get; }

    /// <summary>Size of the network's volume, network order.</summary>
    public Int3 NetworkSize { get; }

    /// <summary>The axis (network order) that is resampled on its own on the way to the network; null for none.</summary>
    public int? SeparateAxis { get; }

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

    private void RequireUsable()
    {
        // In double: the product of three large axes overflows 64 bits.
        double voxels = (double)NetworkSize.D * NetworkSize.H * NetworkSize.W;
        if (voxels > 0 && voxels <= Array.MaxLength)
            return;
        AxisPermutation backward = Forward.Inverse;
        string change = $"{Box.Size} voxels (z, y, x) of {Image.Spacing} would become {backward.Apply(NetworkSize)} voxels at the model's spacing of {backward.Apply(Target)}";
        throw new InvalidRequestException(voxels == 0
            ? $"The image is too thin: {change}; use an image that covers at least one of the model's voxels, or correct its spacing."
            : $"The image is too large: {change}, more than {Array.MaxLength} in all; crop it, or correct its spacing.");
    }

    // The reference compares the image's spacing in image order with the target in network order: it matters only when the target alone is anisotropic.
    private int? ExportAxis(ExportParameters export, Spacing spacing) => export.ForceSeparateZ switch
    {
        null => ResamplingGeometry.SeparateAxis(spacing, Target),
        false => null,
        true => CoarsestAxis(spacing),
    };

    private static int? CoarsestAxis(Spacing spacing)
    {
        double largest = Math.Max(spacing.Z, Math.Max(spacing.Y, spacing.X));
        int[] axes = [.. Enumerable.Range(0, 3).Where(axis => spacing[axis] == largest)];
        return axes.Length == 1 ? axes[0] : null;
    }
}
