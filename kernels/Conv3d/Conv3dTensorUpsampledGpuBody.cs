using ILGPU;
using ILGPU.Algorithms;

namespace STUNet.Kernels;

/// <summary>What <see cref="Conv3dTensorUpsampledGpuBody"/> is told.</summary>
internal struct Conv3dTensorUpsampledArguments
{
    /// <summary>The convolution of the upsampled source as it lies, but for what differs from phase to phase: taps, first voxel of the window, place of the output, steps. Its outputs are the source's voxels.</summary>
    public Conv3dTensorArguments Convolution;

    /// <summary>The other source; without channels where there is none.</summary>
    public Conv3dTensorSource Beside;

    /// <summary>Size of both sources as the convolution sees them.</summary>
    public GpuInt3 Size;
    public Conv3dTensorUpsampledPhases Phases;
}

/// <summary>
/// The product of <see cref="Conv3dTensorGpuBody"/> where the first source is upsampled to the nearest voxel, phase by phase (<see cref="Conv3dTensorUpsampledPhase"/>): rows are the outputs of a phase, which are as many as the source's
/// voxels; the inner index is that source's few summed taps, then all taps of the second source, read at the phase's outputs, a factor apart. Weight packed by <see cref="Conv3dTensorUpsampledGpuPacking"/>. One launch for all phases;
/// those of the same voxels run side by side, since they read the same voxels of both sources.
/// </summary>
internal static class Conv3dTensorUpsampledGpuBody
{
    /// <summary>The kernel body.</summary>
    public static void Convolve<TBlock, TWarp, TElement, TLoads>(Conv3dTensorUpsampledArguments k)
        where TBlock : struct, IGpuBlockTile
        where TWarp : struct, IGpuWarpTile
        where TElement : struct, IGpuElement
        where TLoads : struct, IGpuTileLoads
    {
        ArrayView<GpuWord4> shared = SharedMemory.Allocate<GpuWord4>(GpuTileRing.StageChunks<TBlock>() * default(TBlock).Stages);
        Conv3dTensorArguments upsampled = k.Convolution;
        int firstColumn = Grid.IdxX % upsampled.ColumnTiles * default(TBlock).Columns;
        int number = Grid.IdxX / upsampled.ColumnTiles % k.Phases.Count;
        int rowTile = Grid.IdxX / upsampled.ColumnTiles / k.Phases.Count % upsampled.RowTiles;
        int part = Grid.IdxX / upsampled.ColumnTiles / k.Phases.Count / upsampled.RowTiles;
        Conv3dTensorUpsampledPhase phase = Conv3dTensorUpsampledPhase.Of(k.Phases.Kernel, k.Phases.Factor, number);
        upsampled.Kernel = phase.Taps;
        upsampled.Begin = phase.Begin;
        upsampled.FirstWeightStep = number * k.Phases.StepsOfPhase;
        upsampled.Output.Phase = phase.Position;
        upsampled.Output.FirstBlock = upsampled.Output.BlocksOfSample / k.Phases.Count * number;
        Conv3dTensorArguments beside = upsampled;
        beside.First = k.Beside;
        beside.Kernel = k.Phases.Kernel;
        beside.Stride = k.Phases.Factor;
        beside.Begin = new GpuInt3
        {
            D = phase.Position.D - (k.Phases.Kernel.D / 2),
            H = phase.Position.H - (k.Phases.Kernel.H / 2),
            W = phase.Position.W - (k.Phases.Kernel.W / 2),
        };
        beside.Size = k.Size;
        // At least 1, since indices are taken apart by division.
        beside.FirstChunks = XMath.Max(k.Phases.SecondChunks, 1);
        beside.ChunksOfTap = beside.FirstChunks;
        beside.FirstWeightStep = k.Phases.Count * k.Phases.StepsOfPhase;
        // A part's steps may begin in either source.
        int turn = k.Phases.StepsOfPhase;
        int first = part * upsampled.StepsOfPart;
        int end = XMath.Min(first + upsampled.StepsOfPart, turn + k.Phases.StepsBeside);
        int firstBeside = XMath.Max(first, turn);
        TWarp sums = default;
        Conv3dTensorGpuBody.AddProducts<TBlock, TWarp, TElement, TLoads, Conv3dTensorRow>(upsampled, ref sums, shared, rowTile, firstColumn, first, XMath.Min(end, turn) - first);
        Conv3dTensorGpuBody.AddProducts<TBlock, TWarp, TElement, TLoads, Conv3dTensorRow>(beside, ref sums, shared, rowTile, firstColumn, firstBeside - turn, end - firstBeside);
        Conv3dTensorEpilogue.Store<TBlock, TWarp, TElement, Conv3dTensorLinearRows>(upsampled, ref sums, shared, Conv3dTensorLinearRows.Of<TBlock>(upsampled, rowTile), firstColumn, part);
    }
}
