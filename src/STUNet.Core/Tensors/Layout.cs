namespace STUNet.Core;

/// <summary>Order of a tensor's elements in memory, slowest first.</summary>
public enum Layout
{
    /// <summary>Channels last: what plans compute on. Channels may be padded, see <see cref="TensorDesc.ChannelPitch"/>.</summary>
    NDHWC,

    /// <summary>Channels first, dense: volumes, weights and golden data at the edges of a plan.</summary>
    NCDHW,
}
