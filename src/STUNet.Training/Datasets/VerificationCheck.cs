namespace STUNet.Training;

/// <summary>What <see cref="DatasetVerification"/> looks at.</summary>
public enum VerificationCheck
{
    /// <summary>The number of cases against <c>numTraining</c>.</summary>
    NumTraining,

    /// <summary>The declared labels are 0, 1, 2, ... without a gap.</summary>
    ConsecutiveLabels,

    /// <summary>Every channel has its file, and no file belongs to a channel that is not declared.</summary>
    Channels,

    /// <summary>Every case has a label map, and every label map a case.</summary>
    LabelFile,

    /// <summary>The file can be read.</summary>
    Readable,

    /// <summary>All files of a case have one size.</summary>
    Shape,

    /// <summary>All files of a case have one spacing.</summary>
    Spacing,

    /// <summary>All files of a case lie at one place in the patient.</summary>
    OriginDirection,

    /// <summary>Every voxel is a finite number.</summary>
    Finite,

    /// <summary>Every voxel of a label map has a declared value.</summary>
    LabelValues,

    /// <summary>Every declared label occurs in some case.</summary>
    LabelsOccur,
}
