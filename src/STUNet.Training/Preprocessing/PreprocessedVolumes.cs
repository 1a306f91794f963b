using System.Collections.Immutable;
using STUNet.Core;
using STUNet.Imaging.Preprocessing;

namespace STUNet.Training;

/// <summary>A training case on the network's grid, in memory.</summary>
internal sealed class PreprocessedVolumes(CaseProperties properties, Int3 size, ImmutableArray<NativeFloats> channels, short[] labels) : IDisposable
{
    /// <summary>Where it comes from.</summary>
    public CaseProperties Properties => properties;

    /// <summary>Size, network order.</summary>
    public Int3 Size => size;

    /// <summary>The normalised channels, each C order.</summary>
    public ImmutableArray<NativeFloats> Channels => channels;

    /// <summary>The labels, C order; -1 outside of the nonzero region.</summary>
    public short[] Labels => labels;

    public void Dispose()
    {
        foreach (NativeFloats channel in channels)
            ((IDisposable)channel).Dispose();
    }
}
