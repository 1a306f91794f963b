using STUNet.Core;
using STUNet.Imaging.Preprocessing;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>Makes the targets of all scales from the augmented labels of a sample. Immutable.</summary>
public sealed class DeepSupervisionTargets
{
    private readonly AxisSampling[][] _axes;

    /// <summary>Prepares the targets of a network.</summary>
    /// <param name="patch">Size of the network's patch.</param>
    /// <param name="strides">The network's strides, as <see cref="DeepSupervision.Scales"/> takes them.</param>
    /// <param name="version">Whose rules.</param>
    /// <param name="regions">Regions to train for; null for plain labels.</param>
    /// <exception cref="InvalidRequestException">The patch is too small for the strides.</exception>
    public DeepSupervisionTargets(Int3 patch, IReadOnlyList<Int3> strides, NnunetVersion version, LabelRegions? regions = null)
    {
        (Patch, Regions) = (patch, regions);
        Sizes = DeepSupervision.Sizes(patch, DeepSupervision.Scales(strides, version));
        foreach (Int3 size in Sizes)
        {
            if (size.Product == 0)
                throw new InvalidRequestException($"A patch of {patch} voxels is too small for the network's strides: one of its deep-supervision targets would be {size}; enlarge the patch.");
        }

        _axes = [.. Sizes.Select(size => Enumerable.Range(0, 3).Select(axis => AxisSampling.Nearest(patch[axis], size[axis])).ToArray())];
    }

    /// <summary>Size of the network's patch.</summary>
    public Int3 Patch { get; }

    /// <summary>Regions to train for; null for plain labels.</summary>
    public LabelRegions? Regions { get; }

    /// <summary>The size of every target, from the finest on.</summary>
    public IReadOnlyList<Int3> Sizes { get; }

    /// <summary>Channels of every target: 1, or one map per region and one for the ignore label.</summary>
    public int Channels => Regions?.Count ?? 1;

    /// <summary>Values of one sample's target.</summary>
    /// <param name="scale">The target.</param>
    public int Length(int scale) => checked(Channels * (int)Sizes[scale].Product);

    /// <summary>Writes one target: label maps shrunk by nearest neighbour, which for regions is the same before as after the conversion.</summary>
    /// <param name="labels">The augmented labels, [z, y, x] of the patch.</param>
    /// <param name="scale">The target.</param>
    /// <param name="target">Receives [channel, z, y, x].</param>
    /// <param name="scratch">Memory of the calling thread.</param>
    public void Write(ReadOnlySpan<short> labels, int scale, Span<short> target, AugmentationScratch scratch)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(target.Length, Length(scale));
        if (Regions is null)
        {
            Shrink(labels, _axes[scale], target);
            return;
        }

        Span<short> small = scratch.Labels((int)Sizes[scale].Product);
        Shrink(labels, _axes[scale], small);
        Regions.Convert(small, target);
    }

    private static void Shrink(ReadOnlySpan<short> labels, AxisSampling[] axes, Span<short> target)
    {
        ReadOnlySpan<int> across = axes[2].Lower;
        int at = 0;
        foreach (int z in axes[0].Lower)
        {
            foreach (int y in axes[1].Lower)
            {
                ReadOnlySpan<short> row = labels.Slice((z * axes[1].InputSize + y) * axes[2].InputSize, axes[2].InputSize);
                Span<short> to = target.Slice(at, across.Length);
                for (int x = 0; x < to.Length; x++)
                    to[x] = row[across[x]];
                at += to.Length;
            }
        }
    }
}
