using System.Numerics;
using STUNet.Core;

namespace STUNet.Inference;

/// <summary>Stores the probabilities of what another consumer labels: gathers a slice of all classes, class by class, and writes it when it is whole.</summary>
/// <typeparam name="T">The type they are stored in.</typeparam>
internal sealed unsafe class ProbabilityRows<T> : IRowConsumer, IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Voxels that are turned from voxel by voxel to class by class at once, so that a row of one class is written by whole cache lines.</summary>
    private const int VoxelsPerBlock = 32;

    private readonly IRowConsumer _labels;
    private readonly InferenceRules _rules;
    private readonly bool _areRegions;
    private readonly ProbabilityScratch<T> _scratch;
    private readonly int _pitch;
    private readonly long _plane;
    private readonly CpuMemory _slice;

    /// <summary>Allocates a slice.</summary>
    /// <param name="labels">Labels the same voxels.</param>
    /// <param name="rules">Turn values into probabilities.</param>
    /// <param name="areRegions">Whether the classes are regions.</param>
    /// <param name="scratch">Where probabilities go.</param>
    public ProbabilityRows(IRowConsumer labels, InferenceRules rules, bool areRegions, ProbabilityScratch<T> scratch)
    {
        (_labels, _rules, _areRegions, _scratch) = (labels, rules, areRegions, scratch);
        _pitch = AccumulatorRing.PitchOf(scratch.Classes);
        _plane = (long)scratch.Size.H * scratch.Size.W;
        _slice = new CpuMemory(scratch.Classes * _plane * sizeof(T));
    }

    /// <inheritdoc/>
    public void Accept(int z, int y, int x, int count, float* voxels)
    {
        _labels.Accept(z, y, x, count, voxels);
        int classes = _scratch.Classes;
        Span<double> voxel = stackalloc double[classes];
        T* block = stackalloc T[classes * VoxelsPerBlock];
        T* target = (T*)_slice.Pointer + ((long)y * _scratch.Size.W) + x;
        for (int done = 0; done < count; done += VoxelsPerBlock, target += VoxelsPerBlock)
        {
            int length = Math.Min(VoxelsPerBlock, count - done);
            for (int i = 0; i < length; i++, voxels += _pitch)
            {
                _rules.Probabilities(new ReadOnlySpan<float>(voxels, classes), _areRegions, voxel);
                for (int k = 0; k < classes; k++)
                    block[(k * VoxelsPerBlock) + i] = T.CreateTruncating(voxel[k]);
            }

            for (int k = 0; k < classes; k++)
                new ReadOnlySpan<T>(block + (k * VoxelsPerBlock), length).CopyTo(new Span<T>(target + (k * _plane), length));
        }
    }

    /// <inheritdoc/>
    public void EndSlice(int z)
    {
        _labels.EndSlice(z);
        _scratch.WriteSlice(z, (T*)_slice.Pointer);
    }

    /// <inheritdoc/>
    public void Dispose() => _slice.Dispose();
}
