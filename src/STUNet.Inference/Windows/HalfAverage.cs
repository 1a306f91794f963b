using STUNet.Core;

namespace STUNet.Inference;

/// <summary>
/// The mean of several folds in binary16: each fold's mean is rounded, then that of the folds. It replaces the sums of the first fold, with a weight of 1.
/// </summary>
/// <param name="classes">Number of classes.</param>
/// <param name="pitch">Floats from voxel to voxel.</param>
/// <param name="voxelsOfSlice">Voxels of a slice.</param>
/// <param name="roundsEverySum">Whether the sum over the folds is binary16 too.</param>
internal sealed unsafe class HalfAverage(int classes, int pitch, long voxelsOfSlice, bool roundsEverySum) : IParallelBody
{
    private const int VoxelsPerPiece = 1024;

    private nint[] _folds = [];
    private volatile bool _overflowed;

    /// <summary>Averages one slice.</summary>
    /// <param name="folds">The slice in each accumulator, host memory, [H, W, pitch].</param>
    /// <param name="workers">Threads.</param>
    /// <exception cref="InvalidRequestException">A value is too large for binary16.</exception>
    public void Replace(nint[] folds, WorkerPool workers)
    {
        _folds = folds;
        workers.Run((int)((voxelsOfSlice + VoxelsPerPiece - 1) / VoxelsPerPiece), this);
        if (_overflowed)
            throw new InvalidRequestException("The network's outputs are too large to be added up in half precision; leave half-precision sums out.");
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
                // v1: numpy sums binary16 in binary32 and rounds the quotient back. v2 adds fold by fold.
                float sum = 0;
                foreach (nint fold in _folds)
                {
                    float* sums = (float*)fold + (voxel * pitch);
                    sum += (float)(Half)(sums[k] / sums[classes]);
                    sum = roundsEverySum ? (float)(Half)sum : sum;
                }

                target[k] = (float)(Half)(sum / _folds.Length);
                if (roundsEverySum && !float.IsFinite(target[k]))
                    _overflowed = true;
            }

            target[classes] = 1;
        }
    }
}
