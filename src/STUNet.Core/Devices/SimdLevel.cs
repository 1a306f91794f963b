namespace STUNet.Core;

/// <summary>Vector instructions a CPU kernel may use, in ascending order.</summary>
public enum SimdLevel
{
    /// <summary>Whatever <c>Vector128</c> and scalars compile to on this machine.</summary>
    Portable,

    /// <summary>AVX2 and FMA.</summary>
    Avx2,

    /// <summary>AVX-512 F, BW, DQ and VL.</summary>
    Avx512,
}
