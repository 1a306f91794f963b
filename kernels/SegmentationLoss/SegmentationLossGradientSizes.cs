using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What a gradient of the loss needs room for.</summary>
/// <param name="TableFloats">Floats of each of the two tables of a sample, a multiple of the pitch.</param>
/// <param name="ScratchFloats">Floats of every thread.</param>
internal readonly record struct SegmentationLossGradientSizes(int TableFloats, int ScratchFloats)
{
    /// <summary>Bytes of all tables and scratch.</summary>
    /// <param name="samples">Samples.</param>
    /// <param name="device">The device.</param>
    public long WorkspaceBytes(int samples, Device device) =>
        ((2 * (long)samples * TableFloats) + (((CpuDevice)device).Workers.Count * (long)ScratchFloats)) * sizeof(float);
}
