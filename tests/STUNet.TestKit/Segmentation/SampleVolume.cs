using STUNet.Imaging;
using STUNet.Imaging.Preprocessing;

namespace STUNet.TestKit.Segmentation;

/// <summary>An image file and, where they are known, the labels that are right.</summary>
/// <param name="ImagePath">The image.</param>
/// <param name="TruthPath">The labels, of the same size; null where they are not known.</param>
public sealed record SampleVolume(string ImagePath, string? TruthPath)
{
    /// <summary>What results call it.</summary>
    public string Name => Path.GetFileName(ImagePath).Split('.')[0];

    /// <summary>Reads the image.</summary>
    public Volume Image() => VolumeFile.Read(ImagePath);

    /// <summary>Reads the labels that are right; null where they are not known.</summary>
    public LabelVolume? Truth() => TruthPath is null ? null : VolumeFile.ReadLabels(TruthPath);

    /// <summary>Writes part of the volume into a folder, with the image's spacing and its first voxel at the origin.</summary>
    /// <param name="box">The part, (z, y, x).</param>
    /// <param name="folder">The folder; its files keep their names.</param>
    public SampleVolume Cut(CropBox box, string folder)
    {
        Volume image = Image();
        VolumeGeometry geometry = new(box.Size, image.Geometry.Spacing);
        string imagePath = Path.Combine(folder, Path.GetFileName(ImagePath));
        Volume part = new(geometry);
        box.CopyFrom<float>(image.Voxels, image.Size, part.Voxels);
        VolumeFile.Write(imagePath, part);
        if (Truth() is not { } truth)
            return new SampleVolume(imagePath, null);
        string truthPath = Path.Combine(folder, Path.GetFileName(TruthPath!));
        byte[] labels = new byte[box.Size.Product];
        box.CopyFrom<byte>(truth.As<byte>(), truth.Size, labels);
        VolumeFile.Write(truthPath, new LabelVolume(geometry, labels));
        return new SampleVolume(imagePath, truthPath);
    }
}
