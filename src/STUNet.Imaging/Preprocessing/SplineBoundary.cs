namespace STUNet.Imaging.Preprocessing;

/// <summary>How the samples of an axis go on beyond its ends when a B-spline is fitted through them.</summary>
public enum SplineBoundary
{
    /// <summary>Mirrored at the outer edges of the end samples: c b a | a b c.</summary>
    HalfSample,

    /// <summary>Mirrored at the end samples, which are not repeated: c b | a b c.</summary>
    WholeSample,
}
