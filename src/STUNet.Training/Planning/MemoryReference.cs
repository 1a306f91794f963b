namespace STUNet.Training;

/// <summary>What nnU-Net fits patches to: its memory estimate of a plan that takes 8 GB on its authors' GPU.</summary>
/// <param name="Estimate">The estimate, in feature-map values.</param>
/// <param name="Batch">The batch size at that estimate.</param>
/// <param name="InitialVoxels">Voxels of the patch the search starts with.</param>
/// <param name="MaxFeatures">Channels of a stage at most.</param>
internal sealed record MemoryReference(long Estimate, int Batch, double InitialVoxels, int MaxFeatures)
{
    public static MemoryReference Volumes { get; } = new(560_000_000, 2, 256.0 * 256 * 256, 320);

    public static MemoryReference Slices { get; } = new(85_000_000, 12, 2048.0 * 2048, 512);
}
