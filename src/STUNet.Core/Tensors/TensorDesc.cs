namespace STUNet.Core;

/// <summary>
/// What a kernel knows of a tensor: sizes, element type, layout and channel padding. With <see cref="Layout.NDHWC"/> element (n, c, d, h, w)
/// lies at ((((n * D + d) * H + h) * W + w) * ChannelPitch + c; the elements between C and the pitch are unspecified and no kernel lets them
/// influence a real channel.
/// </summary>
/// <param name="Shape">Logical sizes.</param>
/// <param name="DType">Element type.</param>
/// <param name="Layout">Order in memory.</param>
/// <param name="ChannelPitch">Elements from one voxel to the next with NDHWC, at least C; equal to C with NCDHW.</param>
public readonly record struct TensorDesc(Shape Shape, DType DType, Layout Layout, int ChannelPitch)
{
    /// <summary>A description without channel padding.</summary>
    /// <param name="shape">Logical sizes.</param>
    /// <param name="layout">Order in memory.</param>
    /// <param name="dtype">Element type.</param>
    public TensorDesc(Shape shape, Layout layout = Layout.NDHWC, DType dtype = DType.F32)
        : this(shape, dtype, layout, shape.C)
    {
    }

    /// <summary>The description of an op that only writes outside of the plan: no element.</summary>
    public static TensorDesc None => new(default(Shape));

    /// <summary>Elements in memory, channel padding included.</summary>
    public long ElementCount => Shape.N * Shape.Voxels * ChannelPitch;

    /// <summary>Bytes in memory, channel padding included.</summary>
    public long ByteLength => ElementCount * DType.Size();

    /// <inheritdoc/>
    public override string ToString()
    {
        string pitch = ChannelPitch == Shape.C ? "" : $"/{ChannelPitch}";
        return $"{Shape}{pitch} {DType} {Layout}";
    }
}
