using System.Runtime.CompilerServices;
using ILGPU.Algorithms;

namespace STUNet.Kernels;

/// <summary>Which output voxels the rows of a tile are. Moments have blocks of <see cref="Conv3dTensorGpuStatistics.BlockRows"/> rows.</summary>
internal interface IConv3dTensorTileRows
{
    /// <summary>Rows among which all are that exist.</summary>
    int End { get; }

    /// <summary>Whether a row is a voxel.</summary>
    bool Exists(int row);

    /// <summary>Rows of a block that exist.</summary>
    int CountOf(int block);

    /// <summary>The first block's number through the batch.</summary>
    int FirstBlock(in Conv3dTensorArguments k);

    /// <summary>The voxel of the tensor, counted through the batch, that a row is.</summary>
    int VoxelOf(in Conv3dTensorArguments k, int row);
}

/// <summary>Voxels in their order.</summary>
internal struct Conv3dTensorLinearRows : IConv3dTensorTileRows
{
    private int _sample;
    private int _firstVoxel;

    public int End { readonly get; private set; }

    /// <summary>The rows of a tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Conv3dTensorLinearRows Of<TBlock>(in Conv3dTensorArguments k, int rowTile)
        where TBlock : struct, IGpuBlockTile
    {
        int firstVoxel = rowTile % k.TilesOfSample * default(TBlock).Rows;
        return new Conv3dTensorLinearRows { _sample = rowTile / k.TilesOfSample, _firstVoxel = firstVoxel, End = XMath.Min(default(TBlock).Rows, k.Output.Voxels - firstVoxel) };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool Exists(int row) => row < End;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int CountOf(int block) => XMath.Clamp(End - (block * Conv3dTensorGpuStatistics.BlockRows), 0, Conv3dTensorGpuStatistics.BlockRows);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int FirstBlock(in Conv3dTensorArguments k) =>
        (_sample * k.Output.BlocksOfSample) + k.Output.FirstBlock + (_firstVoxel / Conv3dTensorGpuStatistics.BlockRows);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int VoxelOf(in Conv3dTensorArguments k, int row) => k.Output.VoxelOf(k.OutputSize, _sample, _firstVoxel + row);
}
