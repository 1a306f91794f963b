using System.Runtime.CompilerServices;

namespace STUNet.Kernels;

/// <summary>A sum that carries its rounding error along (Kahan): of any number of terms it is as good as of two. Begins as zeros.</summary>
internal struct GpuSum
{
    public float Value;
    private float _excess;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(float term)
    {
        float corrected = term - _excess;
        float next = Value + corrected;
        _excess = (next - Value) - corrected;
        Value = next;
    }
}
