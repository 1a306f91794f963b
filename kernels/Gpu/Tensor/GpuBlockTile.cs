namespace STUNet.Kernels;

/// <summary>
/// What one group of <see cref="GpuBlock.Threads"/> threads computes: rows x columns of sums, by four warps. <see cref="Stages"/> pieces of both operands lie in
/// a ring in shared memory, all but one of them being copied. Within 48 KiB, which every GPU grants without asking.
/// </summary>
internal interface IGpuBlockTile
{
    /// <summary>Rows: voxels.</summary>
    int Rows { get; }

    /// <summary>Columns: channels.</summary>
    int Columns { get; }

    /// <summary>Warps side by side.</summary>
    int WarpsAcross { get; }

    /// <summary>Pieces in the ring.</summary>
    int Stages { get; }
}

/// <summary>What all tiles share.</summary>
internal static class GpuBlock
{
    /// <summary>Threads of a group.</summary>
    public const int Threads = 128;

    /// <summary>The most shared memory that a group takes.</summary>
    public const int SharedBytes = 48 * 1024;

    /// <summary>Rows that the group copies at once: four threads a row.</summary>
    public const int RowsAtOnce = Threads / GpuTileMemory.RowChunks;
}

/// <summary>128 x 128 by warps of 64 x 64: wide layers of many voxels.</summary>
internal struct GpuBlockTile128x128 : IGpuBlockTile
{
    public readonly int Rows => 128;

    public readonly int Columns => 128;

    public readonly int WarpsAcross => 2;

    public readonly int Stages => 3;
}

/// <summary>128 x 64 by warps of 64 x 32.</summary>
internal struct GpuBlockTile128x64 : IGpuBlockTile
{
    public readonly int Rows => 128;

    public readonly int Columns => 64;

    public readonly int WarpsAcross => 2;

    public readonly int Stages => 4;
}

/// <summary>128 x 32 by warps of 32 x 32: the layers of full resolution.</summary>
internal struct GpuBlockTile128x32 : IGpuBlockTile
{
    public readonly int Rows => 128;

    public readonly int Columns => 32;

    public readonly int WarpsAcross => 1;

    public readonly int Stages => 4;
}

/// <summary>64 x 64 by warps of 32 x 32: deep layers, whose few voxels fill no larger tiles.</summary>
internal struct GpuBlockTile64x64 : IGpuBlockTile
{
    public readonly int Rows => 64;

    public readonly int Columns => 64;

    public readonly int WarpsAcross => 2;

    public readonly int Stages => 4;
}
