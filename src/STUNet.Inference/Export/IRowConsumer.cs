namespace STUNet.Inference;

/// <summary>Receives rows of probabilities or logits on the export grid, piece by piece. Called from several threads at the same time, once per voxel.</summary>
internal unsafe interface IRowConsumer
{
    /// <summary>Takes a piece of a row.</summary>
    /// <param name="z">Slice of the export grid, in the network's axis order.</param>
    /// <param name="y">Row.</param>
    /// <param name="x">First voxel.</param>
    /// <param name="count">Voxels.</param>
    /// <param name="voxels">Values [x, pitch] from that voxel on, valid during the call only.</param>
    void Accept(int z, int y, int x, int count, float* voxels);

    /// <summary>Told that a slice has been accepted whole, by one thread, before any voxel of the next.</summary>
    /// <param name="z">The slice.</param>
    void EndSlice(int z)
    {
    }
}
