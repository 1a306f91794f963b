using STUNet.Core;

namespace STUNet.Inference;

/// <summary>A volume ready for the network: resampled, normalised and padded, channels first, in host memory.</summary>
/// <param name="geometry">Its sizes.</param>
/// <param name="grid">Its windows.</param>
/// <param name="voxels">[C, D, H, W] of the padded volume.</param>
internal sealed class PreprocessedCase(CaseGeometry geometry, WindowGrid grid, CpuMemory voxels) : IDisposable
{
    /// <summary>Its sizes.</summary>
    public CaseGeometry Geometry { get; } = geometry;

    /// <summary>Its windows.</summary>
    public WindowGrid Grid { get; } = grid;

    /// <summary>[C, D, H, W] of the padded volume.</summary>
    public CpuMemory Voxels { get; } = voxels;

    /// <inheritdoc/>
    public void Dispose() => Voxels.Dispose();
}
