namespace STUNet.Model;

/// <summary>What of a window is added up where windows overlap.</summary>
public enum WindowValues
{
    /// <summary>Softmax probabilities: nnU-Net v1.</summary>
    Probabilities,

    /// <summary>The network's outputs as they are: nnU-Net v2.</summary>
    Logits,
}
