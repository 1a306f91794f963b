using System.Runtime.CompilerServices;
using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The target of a <see cref="SegmentationLoss"/> as kernels see it, in any layout: labels, or regions with a mark of voxels to leave out.</summary>
internal struct SegmentationLossGpuTarget
{
    public ArrayView<byte> Data;
    public int VoxelsPerSample;
    public int SampleStride;
    public int VoxelStride;
    public int ChannelStride;
    public int HasRegions;
    public int HasIgnored;
    public int IgnoredLabel;
    public int Classes;

    /// <summary>The target of a loss.</summary>
    /// <param name="loss">The loss.</param>
    /// <param name="target">Its target.</param>
    /// <param name="classes">Logits per voxel.</param>
    public static SegmentationLossGpuTarget From(SegmentationLoss loss, TensorView target, int classes)
    {
        TensorDesc desc = target.Desc;
        bool isChannelsFirst = desc.Layout == Layout.NCDHW;
        GpuLaunch.Require32Bits(desc.ElementCount);
        return new SegmentationLossGpuTarget
        {
            Data = GpuTensor.BytesOf<byte>(target),
            VoxelsPerSample = (int)desc.Shape.Voxels,
            SampleStride = (int)(desc.Shape.Voxels * desc.ChannelPitch),
            VoxelStride = isChannelsFirst ? 1 : desc.ChannelPitch,
            ChannelStride = isChannelsFirst ? (int)desc.Shape.Voxels : 1,
            HasRegions = loss.HasRegions ? 1 : 0,
            HasIgnored = loss.IgnoreLabel is null ? 0 : 1,
            IgnoredLabel = loss.IgnoreLabel ?? 0,
            Classes = classes,
        };
    }

    /// <summary>Where a voxel, counted through the batch, begins.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int PlaceOf(int voxel) => ((voxel / VoxelsPerSample) * SampleStride) + ((voxel % VoxelsPerSample) * VoxelStride);

    /// <summary>Whether the voxel at a place is annotated.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool IsAnnotated(int place)
    {
        if (HasIgnored == 0)
            return true;
        return HasRegions != 0 ? Data[place + (Classes * ChannelStride)] == 0 : Data[place] != IgnoredLabel;
    }

    /// <summary>g of a class at a place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float Present(int place, int label)
    {
        if (HasRegions != 0)
            return Data[place + (label * ChannelStride)];
        // Floats: of a condition turned into an integer and then into a float, ILGPU takes the integer's bits.
        return Data[place] == label ? 1f : 0f;
    }
}
