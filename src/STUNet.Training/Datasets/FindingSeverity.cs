namespace STUNet.Training;

/// <summary>How much a finding matters.</summary>
public enum FindingSeverity
{
    /// <summary>Worth a look; training works.</summary>
    Warning,

    /// <summary>The data set cannot be used before it is mended.</summary>
    Error,
}
