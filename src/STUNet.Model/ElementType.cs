namespace STUNet.Model;

/// <summary>Element types of tensors in files, named as safetensors names them.</summary>
public enum ElementType
{
    /// <summary>IEEE binary32.</summary>
    F32,

    /// <summary>IEEE binary16.</summary>
    F16,

    /// <summary>bfloat16.</summary>
    BF16,

    /// <summary>IEEE binary64.</summary>
    F64,

    /// <summary>Signed 64 bit.</summary>
    I64,

    /// <summary>Signed 32 bit.</summary>
    I32,

    /// <summary>Signed 16 bit.</summary>
    I16,

    /// <summary>Signed 8 bit.</summary>
    I8,

    /// <summary>Unsigned 8 bit.</summary>
    U8,

    /// <summary>One byte, 0 or 1.</summary>
    BOOL,
}
