using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// An activation as kernels see it, whatever its element type. Kernels compute in float32, which holds every value of the others, and round once when they
/// write: to nearest, ties to even. So copies change no bit, and results are those of float32 rounded once more.
/// </summary>
internal interface IGpuTensor
{
    /// <summary>The element type.</summary>
    static abstract DType ElementType { get; }

    /// <summary>Takes over an operand; not for kernels.</summary>
    void Set(TensorView view);

    /// <summary>Element (voxel, c) as float32.</summary>
    float Read(int voxel, int c);

    /// <summary>Rounds a value and makes it element (voxel, c).</summary>
    void Write(int voxel, int c, float value);
}
