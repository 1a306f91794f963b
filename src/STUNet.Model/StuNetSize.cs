namespace STUNet.Model;

/// <summary>The four published sizes. All have six stages with widths w x (1, 2, 4, 8, 16, 16).</summary>
public enum StuNetSize
{
    /// <summary>STU-Net-S: w = 16, one block per stage.</summary>
    S,

    /// <summary>STU-Net-B: w = 32, one block per stage.</summary>
    B,

    /// <summary>STU-Net-L: w = 64, two blocks per stage.</summary>
    L,

    /// <summary>STU-Net-H: w = 96, three blocks per stage.</summary>
    H,
}
