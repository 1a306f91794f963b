using ILGPU;

namespace STUNet.Kernels;

/// <summary>What the bodies of the tensor-core convolution are told. With one source the second is the first with no channels.</summary>
internal struct Conv3dTensorArguments
{
    public Conv3dTensorSource First;
    public Conv3dTensorSource Second;
    public ArrayView<GpuWord4> Weight;
    public ArrayView<float> Bias;
    public Conv3dTensorOutput Output;
    public GpuInt3 Kernel;
    public GpuInt3 Stride;

    /// <summary>Size of the source as the convolution sees it, after upsampling.</summary>
    public GpuInt3 Size;
    public GpuInt3 OutputSize;

    /// <summary>Steps of one tap in the first source, and in both.</summary>
    public int FirstSteps;
    public int StepsOfTap;

    /// <summary>Steps in all, and of one part where the inner index is split.</summary>
    public int Steps;
    public int StepsOfPart;

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

    /// <summary>[row tile, 2, channel]: mean and sum of squared distances from it, of the tile's voxels; for the output's statistics.</summary>
    public ArrayView<float> Moments;

    /// <summary>Channels and elements from one voxel to the next.</summary>
    public int Channels;
    public int Pitch;

    /// <summary>Voxels of a sample.</summary>
    public int Voxels;

    /// <summary>Whether results are stored as float32; otherwise as elements of 16 bits.</summary>
    public int IsFloat;

    /// <summary>Whether whole chunks of 16 bytes can be stored.</summary>
    public int HasChunks;

    /// <summary>Whether the bias is added: not to the parts of a split sum.</summary>
    public int HasBias;

    /// <summary>Whether moments are wanted.</summary>
    public int HasMoments;

    /// <summary>Elements of one part of a split sum; the parts follow one another.</summary>
    public int PartElements;
}
