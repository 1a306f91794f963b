namespace STUNet.Imaging.Preprocessing;

/// <summary>When intensities are normalised. The results differ: statistics are those of another grid.</summary>
public enum NormalizationTime
{
    /// <summary>On the network's grid: nnU-Net v1.</summary>
    AfterResampling,

    /// <summary>On the cropped image: nnU-Net v2.</summary>
    BeforeResampling,
}
