namespace STUNet.Kernels;

/// <summary>How soft Dice divides; the two differ by 1e-8 in the denominator.</summary>
public enum DiceForm
{
    /// <summary>nnU-Net v1: (2 I + s) / (P + G + s + 1e-8).</summary>
    Version1,

    /// <summary>nnU-Net v2, the memory-efficient form: (2 I + s) / max(P + G + s, 1e-8).</summary>
    Version2,
}
