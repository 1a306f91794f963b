namespace STUNet.Model;

/// <summary>How the weights of an untrained network are drawn.</summary>
public enum InitialisationScheme
{
    /// <summary>nnU-Net 1.7: He normal for leaky ReLUs of slope 0.01, N(0, 2 / (1.0001 fan_in)); biases 0.</summary>
    V1,

    /// <summary>nnU-Net 2 with STU-Net, which is PyTorch's default: weights and biases U(-1/sqrt(fan_in), 1/sqrt(fan_in)).</summary>
    V2,
}
