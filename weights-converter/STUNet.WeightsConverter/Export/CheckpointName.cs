namespace STUNet.WeightsConverter;

/// <summary>Which of a training's checkpoints one is; both versions of nnU-Net have names for these.</summary>
public enum CheckpointName
{
    /// <summary>The end of the training, which predictions use.</summary>
    Final,

    /// <summary>The best epoch so far.</summary>
    Best,

    /// <summary>A while ago, to go on from.</summary>
    Latest,
}
