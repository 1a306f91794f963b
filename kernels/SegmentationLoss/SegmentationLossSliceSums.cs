using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Sums slices in parallel. A few voxels are summed in single precision, these sums and the slices in double and in order, so that threads change nothing.
/// </summary>
/// <param name="logits">Logits, channels last.</param>
/// <param name="sums">The sums, channels last.</param>
/// <param name="scratchFloats">Floats that a slice needs beside its sums.</param>
/// <param name="workspace">Room of <see cref="WorkspaceBytes"/>.</param>
/// <param name="workers">Threads.</param>
internal abstract unsafe class SegmentationLossSliceSums(TensorView logits, TensorView sums, int scratchFloats, MemorySpan workspace, WorkerPool workers)
    : Step, IParallelBody
{
    /// <summary>The logits.</summary>
    protected float* Logits { get; } = logits.Floats;

    /// <summary>Shape of the logits.</summary>
    protected Shape Shape { get; } = logits.Desc.Shape;

    /// <summary>Floats of a voxel.</summary>
    protected int Pitch { get; } = logits.Desc.ChannelPitch;

    private int SliceSums => SegmentationLossSumsOp.Sums * Pitch;

    /// <summary>Bytes of the sums of all slices and of the scratch of all threads.</summary>
    /// <param name="logits">Logits.</param>
    /// <param name="scratchFloats">Floats that a slice needs beside its sums.</param>
    /// <param name="device">The device.</param>
    public static long WorkspaceBytes(TensorDesc logits, int scratchFloats, Device device) =>
        ((long)logits.Shape.N * logits.Shape.D * SegmentationLossSumsOp.Sums * logits.ChannelPitch * sizeof(double))
        + (((CpuDevice)device).Workers.Count * (long)scratchFloats * sizeof(float));

    public override void Run(RunContext context)
    {
        workers.Run(Shape.N * Shape.D, this);
        for (int n = 0; n < Shape.N; n++)
        {
            for (int sum = 0; sum < SegmentationLossSumsOp.Sums; sum++)
            {
                float* row = sums.Floats + ((((long)n * SegmentationLossSumsOp.Sums) + sum) * sums.Desc.ChannelPitch);
                for (int k = 0; k < Shape.C; k++)
                    row[k] = (float)SumOfSlices(n, (sum * Pitch) + k);
            }
        }
    }

    public void Execute(int index, int worker)
    {
        double* slice = SumsOf(index);
        new Span<double>(slice, SliceSums).Clear();
        float* scratch = (float*)((double*)workspace.Bytes + ((long)Shape.N * Shape.D * SliceSums)) + ((long)scratchFloats * worker);
        long annotated = 0;
        for (int h = 0; h < Shape.H; h++)
            annotated += AddRow((((long)index * Shape.H) + h) * Shape.W, slice, scratch);
        new Span<double>(slice + (SegmentationLossSumsOp.Annotated * Pitch), Shape.C).Fill(annotated);
    }

    /// <summary>Adds a row of voxels to all sums but that of annotated voxels, which it returns.</summary>
    /// <param name="row">Index of its first voxel in the batch.</param>
    /// <param name="slice">Sums of the slice, a pitch each.</param>
    /// <param name="scratch">The scratch, with any content.</param>
    protected abstract int AddRow(long row, double* slice, float* scratch);

    private double* SumsOf(int slice) => (double*)workspace.Bytes + ((long)slice * SliceSums);

    private double SumOfSlices(int n, int place)
    {
        double total = 0;
        for (int d = 0; d < Shape.D; d++)
            total += SumsOf((n * Shape.D) + d)[place];
        return total;
    }
}
