using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// The matrix products of the Winograd convolution in one instruction set: for one point, products[tile][oc] (+)= sum over channels c of
/// inputs[tile][c] * weights[c][oc], for eight tiles and one block of output channels. Inputs lie as [group][tile][lane], products as
/// [output group][tile][lane], weights as [c][lane of the block].
/// </summary>
internal unsafe interface IWinogradProduct
{
    /// <summary>What a device must have.</summary>
    static abstract SimdLevel Level { get; }

    /// <summary>Output channels of a block.</summary>
    static abstract int BlockLanes { get; }

    /// <summary>Computes eight rows.</summary>
    static abstract void Run(WinogradRows* rows);
}

/// <summary>Operands of one call of <see cref="IWinogradProduct"/>. Strides in elements.</summary>
internal unsafe struct WinogradRows
{
    /// <summary>First of the eight tiles in the first group of channels.</summary>
    public float* Inputs;

    /// <summary>From one group of channels to the next.</summary>
    public nint InputGroup;

    /// <summary>Channels; all groups but the last are whole.</summary>
    public int Channels;

    /// <summary>Weights of the first channel.</summary>
    public float* Weights;

    /// <summary>First of the eight tiles in the first group of the block's output channels.</summary>
    public float* Products;

    /// <summary>From one group of output channels to the next.</summary>
    public nint ProductGroup;

    /// <summary>Groups of output channels of this block: all, or fewer in the last block.</summary>
    public int OutputGroups;

    /// <summary>Whether to add to the products, or to set them.</summary>
    public bool Accumulate;
}
