using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Some neighbouring voxels with all their logits in shared memory, one group's. Softmax goes through a voxel's classes several times, which lie a voxel's length apart for the threads of neighbouring
/// voxels: from memory every pass would fetch 32 bytes for one logit. So a warp loads and stores one voxel after the other, neighbouring threads neighbouring classes, and a thread computes one
/// voxel in between; voxels lie an odd number of elements apart, so threads meet different banks.
/// </summary>
internal struct SegmentationLossGpuTile
{
    public const int GroupSize = 128;

    /// <summary>Elements of shared memory: 32 KiB, so that several groups share a multiprocessor.</summary>
    public const int Floats = 8192;

    /// <summary>The most classes of which a tile holds a voxel.</summary>
    public const int MostClasses = Floats - 1;

    private const int Lanes = GpuTensorCore.WarpSize;

    public int Classes;
    public int Pitch;
    public int VoxelsOfGroup;
    public int Voxels;

    /// <summary>The launch.</summary>
    public readonly KernelConfig Config => new((Voxels + VoxelsOfGroup - 1) / VoxelsOfGroup, GroupSize);

    /// <summary>This group's first voxel, counted through the batch.</summary>
    public readonly int First => Grid.IdxX * VoxelsOfGroup;

    /// <summary>Whether this thread has a voxel.</summary>
    public readonly bool HasVoxel => Group.IdxX < Count;

    /// <summary>This thread's voxel.</summary>
    public readonly int Voxel => First + Group.IdxX;

    /// <summary>Where this thread's voxel begins in shared memory.</summary>
    public readonly int Place => Group.IdxX * Pitch;

    private readonly int Count => XMath.Min(VoxelsOfGroup, Voxels - First);

    /// <summary>The tiles of logits.</summary>
    /// <param name="logits">Their shape.</param>
    public static SegmentationLossGpuTile Of(Shape logits)
    {
        long voxels = logits.N * logits.Voxels;
        GpuLaunch.Require32Bits(voxels);
        int pitch = logits.C | 1;
        return new SegmentationLossGpuTile { Classes = logits.C, Pitch = pitch, VoxelsOfGroup = Math.Min(GroupSize, Floats / pitch), Voxels = (int)voxels };
    }

    /// <summary>Loads the logits. Every thread of the group must call it, and meet a barrier before it reads.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Load<TTensor>(in TTensor logits, ArrayView<float> shared)
        where TTensor : struct, IGpuTensor
    {
        for (int voxel = Group.IdxX / Lanes; voxel < Count; voxel += GroupSize / Lanes)
        {
            for (int label = Group.IdxX % Lanes; label < Classes; label += Lanes)
                shared[(voxel * Pitch) + label] = logits.Read(First + voxel, label);
        }
    }

    /// <summary>Stores what the threads made of them. Every thread of the group must call it, after a barrier.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store<TTensor>(ref TTensor results, ArrayView<float> shared)
        where TTensor : struct, IGpuTensor
    {
        for (int voxel = Group.IdxX / Lanes; voxel < Count; voxel += GroupSize / Lanes)
        {
            for (int label = Group.IdxX % Lanes; label < Classes; label += Lanes)
                results.Write(First + voxel, label, shared[(voxel * Pitch) + label]);
        }
    }

    /// <summary>The largest logit of this thread's voxel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float MaxOf(ArrayView<float> shared)
    {
        float max = float.NegativeInfinity;
        for (int label = 0; label < Classes; label++)
            max = XMath.Max(max, shared[Place + label]);
        return max;
    }
}
