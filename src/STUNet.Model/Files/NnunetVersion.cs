namespace STUNet.Model;

/// <summary>Whose preprocessing and inference the model was trained with.</summary>
public enum NnunetVersion
{
    /// <summary>nnU-Net 1.7: resample, then normalise; average probabilities.</summary>
    V1,

    /// <summary>nnU-Net 2: normalise, then resample; average logits.</summary>
    V2,
}
