namespace STUNet.Core;

/// <summary>Element types of tensors.</summary>
public enum DType
{
    /// <summary>IEEE binary32.</summary>
    F32,

    /// <summary>IEEE binary16.</summary>
    F16,

    /// <summary>bfloat16: the upper half of a binary32.</summary>
    BF16,

    /// <summary>Unsigned 8 bit, label maps.</summary>
    U8,

    /// <summary>Unsigned 16 bit, label maps.</summary>
    U16,
}

/// <summary>Sizes of element types.</summary>
public static class DTypeExtensions
{
    /// <summary>Bytes of one element.</summary>
    /// <param name="type">The element type.</param>
    public static int Size(this DType type) => type switch
    {
        DType.F32 => 4,
        DType.F16 or DType.BF16 or DType.U16 => 2,
        DType.U8 => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };
}
