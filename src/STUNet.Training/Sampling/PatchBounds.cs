using STUNet.Core;

namespace STUNet.Training;

/// <summary>Where a patch may start in a case.</summary>
/// <param name="Lower">First voxel allowed, per axis; negative where the patch may begin outside.</param>
/// <param name="Upper">Last voxel allowed, per axis.</param>
public readonly record struct PatchBounds(Int3 Lower, Int3 Upper)
{
    /// <summary>The bounds of nnU-Net: the network's patch stays within the case, half of what the loader adds around it may lie outside.</summary>
    /// <param name="image">Size of the case.</param>
    /// <param name="loader">Size of the patch to cut.</param>
    /// <param name="network">Size of the network's patch, on no axis larger.</param>
    public static PatchBounds Of(Int3 image, Int3 loader, Int3 network)
    {
        Int3 need = Int3.From(axis => Math.Max(loader[axis] - network[axis], loader[axis] - image[axis]));
        return new PatchBounds(
            Int3.From(axis => -((need[axis] + 1) / 2)),
            Int3.From(axis => image[axis] + need[axis] / 2 + need[axis] % 2 - loader[axis]));
    }
}
