using ILGPU;

namespace STUNet.Kernels;

/// <summary>What the bodies of the weight gradient by tiles are told. With one source the second is the first with no channels.</summary>
internal struct Conv3dTensorWeightArguments
{
    public Conv3dTensorSource First;
    public Conv3dTensorSource Second;

    /// <summary>The output's gradient, 16 bytes at a time and one by one: of 16 bits, or of 32.</summary>
    public ArrayView<GpuWord4> GradientChunks;
    public ArrayView<ushort> GradientHalves;
    public ArrayView<uint> GradientWords;

    /// <summary>[part, row, oc]: the sums of each part of the voxels.</summary>
    public ArrayView<float> Parts;
    public GpuInt3 Kernel;
    public GpuInt3 Stride;

    /// <summary>Size of the source as the convolution sees it, after upsampling.</summary>
    public GpuInt3 Size;
    public GpuInt3 OutputSize;
    public int OutputChannels;

    /// <summary>Elements from one voxel of the output's gradient to the next.</summary>
    public int GradientPitch;

    /// <summary>Chunks of one tap's channels in the first source, and in both; not used where elements are loaded one by one.</summary>
    public int FirstChunks;
    public int ChunksOfTap;

    /// <summary>Rows of the result that exist.</summary>
    public int Rows;

    /// <summary>Output voxels of all samples.</summary>
    public int Voxels;

    /// <summary>Whether the gradient's voxels begin at multiples of 16 bytes.</summary>
    public int HasGradientChunks;

    /// <summary><see cref="Conv3dTensorWeightTiling.VoxelsOfStep"/> voxels, as a distance.</summary>
    public Conv3dTensorWalk Step;

    /// <summary>Steps of <see cref="Conv3dTensorWeightTiling.VoxelsOfStep"/> voxels in all, and of one part.</summary>
    public int Steps;
    public int StepsOfPart;
    public int RowTiles;
    public int ColumnTiles;
}
