namespace STUNet.Inference;

/// <summary>Which voxels of a component touch.</summary>
public enum VoxelNeighbours
{
    /// <summary>The 6 that share a face: nnU-Net v1.</summary>
    Faces,

    /// <summary>All 26 around: nnU-Net v2.</summary>
    All,
}
