using STUNet.Core;
using STUNet.Imaging.Preprocessing;

namespace STUNet.Inference;

/// <summary>The planes of the crop box in the image's axis order, read from a temporary file in the network's: some planes of one class at once.</summary>
/// <typeparam name="T">The type of a probability.</typeparam>
internal sealed class ProbabilityPlanes<T>
    where T : unmanaged
{
    private readonly ProbabilityScratch<T> _scratch;
    private readonly AxisPermutation _backward;
    private readonly WorkerPool _workers;
    private readonly Int3 _size;
    private readonly int _slabPlanes;
    private readonly T[] _stored;
    private readonly T[] _slab;

    /// <summary>Allocates the planes.</summary>
    /// <param name="scratch">The temporary file.</param>
    /// <param name="backward">The transpose from network order to image order.</param>
    /// <param name="slabElements">Elements that are put in order at once, unless one plane has more.</param>
    /// <param name="workers">Threads.</param>
    public ProbabilityPlanes(ProbabilityScratch<T> scratch, AxisPermutation backward, int slabElements, WorkerPool workers)
    {
        (_scratch, _backward, _workers, _size) = (scratch, backward, workers, backward.Apply(scratch.Size));
        _slabPlanes = Math.Clamp(slabElements / (_size.H * _size.W), 1, _size.D);
        _stored = new T[(_size with { D = _slabPlanes }).Product];
        _slab = backward.IsIdentity ? _stored : new T[_stored.Length];
    }

    /// <summary>A plane; those of a class are asked for one after the other, from the first.</summary>
    /// <param name="k">The class.</param>
    /// <param name="z">The plane, image order.</param>
    /// <returns>Its probabilities [y, x], valid until the next call.</returns>
    public ReadOnlySpan<T> Next(int k, int z)
    {
        if (z % _slabPlanes == 0)
            ReadSlab(k, z);
        int length = _size.H * _size.W;
        return _slab.AsSpan(z % _slabPlanes * length, length);
    }

    private void ReadSlab(int k, int first)
    {
        Int3 size = _size with { D = Math.Min(_slabPlanes, _size.D - first) };
        Memory<T> stored = _stored.AsMemory(0, (int)size.Product);
        _scratch.Read(k, _backward[0], first, stored.Span);
        if (!_backward.IsIdentity)
            _backward.Apply<T>(stored, _backward.Inverse.Apply(size), _slab.AsMemory(0, stored.Length), _workers);
    }
}
