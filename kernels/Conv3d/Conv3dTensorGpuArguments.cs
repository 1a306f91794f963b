using System.Runtime.CompilerServices;
using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What the bodies of the convolution by tiles are told. With one source the second is the first with no channels.</summary>
internal struct Conv3dTensorArguments
{
    public Conv3dTensorSource First;
    public Conv3dTensorSource Second;
    public ArrayView<GpuWord4> Weight;
    public ArrayView<float> Bias;
    public Conv3dTensorOutput Output;
    public GpuInt3 Kernel;
    public GpuInt3 Stride;

    /// <summary>Where the window of output voxel (0, 0, 0) begins in the source.</summary>
    public GpuInt3 Begin;

    /// <summary>Size of the source as the convolution sees it, after upsampling.</summary>
    public GpuInt3 Size;
    public GpuInt3 OutputSize;

    /// <summary>Chunks of one tap in the first source, and in both; not used where elements are loaded one by one.</summary>
    public int FirstChunks;
    public int ChunksOfTap;

    /// <summary>Steps in all, and of one part where the inner index is split.</summary>
    public int Steps;
    public int StepsOfPart;

    /// <summary>The step of the packed weights that the first step reads.</summary>
    public int FirstWeightStep;

    /// <summary>Tiles of a sample's voxels, tiles of all samples, tiles of the output channels.</summary>
    public int TilesOfSample;
    public int RowTiles;
    public int ColumnTiles;
    public int Unused;
}

/// <summary>Where and how results are stored.</summary>
internal struct Conv3dTensorOutput
{
    /// <summary>The same memory three ways.</summary>
    public ArrayView<float> Floats;
    public ArrayView<ushort> Halves;
    public ArrayView<GpuWord4> Chunks;

    /// <summary>[block of up to 64 voxels, 2, channel]: mean and sum of squared distances from it, of the block's voxels; for the output's statistics.</summary>
    public ArrayView<float> Moments;

    /// <summary>Voxels of each block.</summary>
    public ArrayView<float> Counts;

    /// <summary>Channels and elements from one voxel to the next.</summary>
    public int Channels;
    public int Pitch;

    /// <summary>Voxels of a sample that are computed.</summary>
    public int Voxels;

    /// <summary>Whether results are stored as float32; otherwise as elements of 16 bits.</summary>
    public int IsFloat;

    /// <summary>Whether whole chunks of 16 bytes can be stored.</summary>
    public int HasChunks;

    /// <summary>Whether the bias is added: not to the parts of a split sum.</summary>
    public int HasBias;

    /// <summary>Whether moments are wanted.</summary>
    public int HasMoments;

    /// <summary>Blocks of moments of a sample, and the first of what is computed.</summary>
    public int BlocksOfSample;
    public int FirstBlock;

    /// <summary>Elements of one part of a split sum; the parts follow one another.</summary>
    public int PartElements;

    /// <summary>Whether the voxels computed are those of one phase: voxel g of those is voxel g * <see cref="Spacing"/> + <see cref="Phase"/> of the tensor.</summary>
    public int IsPhase;
    public GpuInt3 Spacing;
    public GpuInt3 Phase;

    /// <summary>Size of the tensor.</summary>
    public GpuInt3 Size;

    /// <summary>An output, all of whose voxels are computed in their order.</summary>
    /// <param name="output">The output.</param>
    /// <param name="hasBias">Whether a bias is added.</param>
    public static Conv3dTensorOutput From(TensorView output, bool hasBias = false)
    {
        GpuLaunch.Require32Bits(output.Desc.ElementCount);
        ArrayView<float> floats = GpuTensor.BytesOf<float>(output);
        return new Conv3dTensorOutput
        {
            Floats = floats,
            Halves = GpuTensor.BytesOf<ushort>(output),
            Chunks = GpuTensor.BytesOf<GpuWord4>(output),
            Moments = floats,
            Counts = floats,
            Channels = output.Desc.Shape.C,
            Pitch = output.Desc.ChannelPitch,
            Voxels = (int)output.Desc.Shape.Voxels,
            IsFloat = output.Desc.DType == DType.F32 ? 1 : 0,
            HasChunks = output.Desc.ChannelPitch % 8 == 0 ? 1 : 0,
            HasBias = hasBias ? 1 : 0,
        };
    }

    /// <summary>The voxel of the tensor, counted through the batch, that a computed voxel of a sample is.</summary>
    /// <param name="grid">Size of what is computed, at least 1.</param>
    /// <param name="sample">The sample.</param>
    /// <param name="voxel">The voxel.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int VoxelOf(GpuInt3 grid, int sample, int voxel)
    {
        if (IsPhase == 0)
            return (sample * Voxels) + voxel;
        GpuInt3 at = grid.PositionOf(voxel);
        return Size.VoxelAt((sample * Size.D) + (at.D * Spacing.D) + Phase.D, (at.H * Spacing.H) + Phase.H, (at.W * Spacing.W) + Phase.W);
    }
}
