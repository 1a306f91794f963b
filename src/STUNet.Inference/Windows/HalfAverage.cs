using STUNet.Core;

namespace STUNet.Inference;

/// <summary>
/// The mean of several folds as mode fastest of the reference stores it: each fold's probabilities are rounded to binary16, then their mean. It
/// replaces the sums of the first fold, with a weight of 1.
/// </summary>
internal sealed unsafe class HalfAverage(int classes, int pitch, long voxelsOfSlice) : IParallelBody
{
    private const int VoxelsPerPiece = 1024;

    private nint[] _folds = [];

    /// <summary>Averages one slice.</summary>
    /// <param name="folds">The slice in each accumulator, host memory, [H, W, pitch].</param>
    /// <param name="workers">Threads.</param>
    public void Replace(nint[] folds, WorkerPool workers)
    {
        _folds = folds;
        workers.Run((int)((voxelsOfSlice + VoxelsPerPiece - 1) / VoxelsPerPiece), this);
    }

    /// <inheritdoc/>
    public void Execute(int index, int worker)
    {
        long end = Math.Min(voxelsOfSlice, (index + 1L) * VoxelsPerPiece);
        for (long voxel = (long)index * VoxelsPerPiece; voxel < end; voxel++)
        {
            float* target = (float*)_folds[0] + (voxel * pitch);
            for (int k = 0; k < classes; k++)
            {
                // numpy sums binary16 in binary32 and rounds the quotient back.
                float sum = 0;
                foreach (nint fold in _folds)
                {
                    float* sums = (float*)fold + (voxel * pitch);
                    sum += (float)(Half)(sums[k] / sums[classes]);
                }

                target[k] = (float)(Half)(sum / _folds.Length);
            }

            target[classes] = 1;
        }
    }
}
