using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// The innermost loops of the direct convolution in one instruction set: a register tile of three segments of neighbouring output columns times
/// one block of output channels (the vector lanes).
/// </summary>
internal unsafe interface IConv3dMicroKernel
{
    /// <summary>What a device must have.</summary>
    static abstract SimdLevel Level { get; }

    /// <summary>Columns of one segment.</summary>
    static abstract int SegmentLength { get; }

    /// <summary>Lanes of all blocks of output channels but the last.</summary>
    static abstract int BlockLanes { get; }

    /// <summary>Lanes of the last block: the fewest that hold the channels left.</summary>
    /// <param name="channels">Channels left, 1 to <see cref="BlockLanes"/>.</param>
    static abstract int LastBlockLanes(int channels);

    /// <summary>Computes one tile.</summary>
    /// <param name="lanes"><see cref="BlockLanes"/> or a result of <see cref="LastBlockLanes"/>.</param>
    /// <param name="tile">The operands.</param>
    static abstract void Run(int lanes, Conv3dTile* tile);
}

/// <summary>
/// One call of a micro-kernel: target[s][j][lane] = start[s][j][lane] + sum over taps t and channels c, in this order, of
/// panel[s][offset[t] + c * ChannelStride + j] * weights[t][c][lane], for segments s = 0, 1, 2 and columns j of a segment. Strides in elements.
/// </summary>
internal unsafe struct Conv3dTile
{
    public float* Panel0;
    public float* Panel1;
    public float* Panel2;
    public nint ChannelStride;
    public int* TapOffsets;
    public int Taps;
    public int Channels;
    public float* Weights;
    public float* Start0;
    public float* Start1;
    public float* Start2;
    public nint StartPitch;
    public float* Target0;
    public float* Target1;
    public float* Target2;
    public nint TargetPitch;

    public void SetStart(float* start0, float* start1, float* start2, nint pitch)
    {
        Start0 = start0;
        Start1 = start1;
        Start2 = start2;
        StartPitch = pitch;
    }

    public void SetTarget(float* target0, float* target1, float* target2, nint pitch)
    {
        Target0 = target0;
        Target1 = target1;
        Target2 = target2;
        TargetPitch = pitch;
    }
}
