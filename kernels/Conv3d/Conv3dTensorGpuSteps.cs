using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>A convolution's tiles and what follows them: the sum of parts where sums are split, or the statistics of the output where they are wanted.</summary>
internal static class Conv3dTensorGpuSteps
{
    /// <summary>Scratch: the parts, or the blocks' moments.</summary>
    /// <param name="op">The convolution.</param>
    /// <param name="output">Its output.</param>
    /// <param name="tiling">How it is cut.</param>
    /// <param name="blocks">Blocks of moments of a sample.</param>
    public static long WorkspaceBytes(Conv3dOp op, Shape output, Conv3dTensorTiling tiling, int blocks)
    {
        if (tiling.Parts > 1)
            return tiling.Parts * output.Count * sizeof(float);
        return op.StatisticsEpsilon is null ? 0 : (FloatsOfMoments(output, blocks) + FloatsOfCounts(output, blocks)) * sizeof(float);
    }

    /// <summary>Blocks of moments of a sample whose voxels are computed in their order, or each phase's are.</summary>
    /// <param name="output">The output.</param>
    /// <param name="phases">Phases, of as many voxels each.</param>
    public static int BlocksOf(Shape output, int phases = 1) =>
        checked((int)(phases * (((output.Voxels / phases) + Conv3dTensorGpuStatistics.BlockRows - 1) / Conv3dTensorGpuStatistics.BlockRows)));

    /// <summary>All launches.</summary>
    /// <param name="op">The convolution.</param>
    /// <param name="operands">Its operands.</param>
    /// <param name="workspace">Scratch.</param>
    /// <param name="device">The device.</param>
    /// <param name="tiling">How it is cut.</param>
    /// <param name="blocks">Blocks of moments of a sample.</param>
    /// <param name="stored">Where and how the tiles store, but for parts and moments.</param>
    /// <param name="tiles">Makes the launch of the tiles of what they are to store.</param>
    public static Step Bind(
        Conv3dOp op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, GpuDevice device, Conv3dTensorTiling tiling, int blocks, Conv3dTensorOutput stored, Func<Conv3dTensorOutput, Step> tiles)
    {
        Shape output = operands[^1].Desc.Shape;
        if (tiling.Parts > 1)
        {
            long floats = tiling.Parts * output.Count;
            GpuLaunch.Require32Bits(floats);
            ArrayView<float> parts = GpuMemory.Floats(workspace, 0, floats);
            stored.Floats = parts;
            stored.Pitch = output.C;
            stored.IsFloat = 1;
            stored.HasBias = 0;
            stored.PartElements = (int)output.Count;
            return new GpuStepSequence([tiles(stored), Conv3dTensorGpuParts.Bind(device, parts, tiling.Parts, GpuTensor.BytesOf<float>(operands[op.BiasOperand]), operands[^1])]);
        }

        if (op.StatisticsEpsilon is not { } epsilon)
            return tiles(stored);
        stored.Moments = GpuMemory.Floats(workspace, 0, FloatsOfMoments(output, blocks));
        stored.Counts = GpuMemory.Floats(workspace, FloatsOfMoments(output, blocks), FloatsOfCounts(output, blocks));
        stored.HasMoments = 1;
        stored.BlocksOfSample = blocks;
        return new GpuStepSequence([tiles(stored), Conv3dTensorGpuStatistics.Bind(device, stored, output, operands[^2], epsilon)]);
    }

    private static long FloatsOfMoments(Shape output, int blocks) => 2L * output.N * blocks * output.C;

    private static long FloatsOfCounts(Shape output, int blocks) => (long)output.N * blocks;
}
