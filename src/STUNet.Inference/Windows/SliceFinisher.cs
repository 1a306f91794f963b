using System.Numerics;
using STUNet.Core;

namespace STUNet.Inference;

/// <summary>
/// Turns accumulated slices into probabilities: sums are divided by the sum of weights, in place. With several accumulators (mode fastest) each
/// fold's probabilities are rounded to binary16, then their mean, as the reference stores them; the result replaces the first fold's.
/// </summary>
internal sealed unsafe class SliceFinisher(int classes, int pitch, int firstRow, int rows, int firstColumn, int columns, int width)
    : IParallelBody
{
    private nint[] _folds = [];

    /// <summary>Finishes one slice.</summary>
    /// <param name="folds">The slice in each accumulator, host memory, [H, W, pitch].</param>
    /// <param name="workers">Threads.</param>
    /// <returns>The probabilities, in the memory of the first.</returns>
    public ProbabilitySlice Finish(nint[] folds, WorkerPool workers)
    {
        _folds = folds;
        workers.Run(rows, this);
        float* first = (float*)folds[0] + ((((long)firstRow * width) + firstColumn) * pitch);
        return new ProbabilitySlice((nint)first, (long)width * pitch);
    }

    /// <inheritdoc/>
    public void Execute(int index, int worker)
    {
        long row = (((long)(firstRow + index) * width) + firstColumn) * pitch;
        foreach (nint fold in _folds)
        {
            float* voxel = (float*)fold + row;
            for (int x = 0; x < columns; x++, voxel += pitch)
                Divide(voxel);
        }

        if (_folds.Length > 1)
            AverageInHalf(row);
    }

    private void Divide(float* voxel)
    {
        Vector<float> weight = new(voxel[classes]);
        for (int c = 0; c < pitch; c += Vector<float>.Count)
            Vector.Store(Vector.Load(voxel + c) / weight, voxel + c);
        for (int c = classes; c < pitch; c++)
            voxel[c] = -1;
    }

    private void AverageInHalf(long row)
    {
        float* first = (float*)_folds[0] + row;
        for (long i = 0; i < (long)columns * pitch; i++)
        {
            // numpy sums binary16 in binary32 and rounds the quotient back.
            float sum = 0;
            foreach (nint fold in _folds)
                sum += (float)(Half)((float*)fold)[row + i];
            first[i] = (float)(Half)(sum / _folds.Length);
        }
    }
}
