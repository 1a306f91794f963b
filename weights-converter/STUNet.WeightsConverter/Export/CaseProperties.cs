using System.Collections.Immutable;

namespace STUNet.WeightsConverter;

/// <summary>What nnU-Net's tools want to know of a case whose probabilities they read. Axes in the order (z, y, x) of the image unless said otherwise.</summary>
public sealed record CaseProperties
{
    /// <summary>Voxels of the image.</summary>
    public required ImmutableArray<int> ImageSize { get; init; }

    /// <summary>Millimetres between voxels of the image.</summary>
    public required ImmutableArray<double> Spacing { get; init; }

    /// <summary>First voxel of the crop box.</summary>
    public required ImmutableArray<int> BoxStart { get; init; }

    /// <summary>Voxels of the crop box.</summary>
    public required ImmutableArray<int> BoxSize { get; init; }

    /// <summary>Axis a of the network is axis <c>TransposeForward[a]</c> of the image.</summary>
    public required ImmutableArray<int> TransposeForward { get; init; }

    /// <summary>Voxels of the network's volume, network order.</summary>
    public required ImmutableArray<int> NetworkSize { get; init; }

    /// <summary>Millimetres between its voxels, network order.</summary>
    public required ImmutableArray<double> NetworkSpacing { get; init; }

    /// <summary>The first voxel's place as ITK gives it: (x, y, z) in millimetres, to the left, posterior and superior.</summary>
    public required ImmutableArray<double> ItkOrigin { get; init; }

    /// <summary>Directions of the image's axes (x, y, z), the columns of a 3x3 matrix that is given row by row, in the same coordinates.</summary>
    public required ImmutableArray<double> ItkDirection { get; init; }
}
