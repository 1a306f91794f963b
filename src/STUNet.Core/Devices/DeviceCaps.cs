namespace STUNet.Core;

/// <summary>
/// What kernel choice may depend on, besides shapes. It holds nothing that varies from run to run (threads, load, free memory), so that the same
/// device always chooses the same kernels and gives the same bits.
/// </summary>
/// <param name="Name">The device for reports, such as <c>cpu (Avx512)</c>.</param>
/// <param name="Simd">Vector instructions; <see cref="SimdLevel.Portable"/> on devices that are not a CPU.</param>
/// <param name="ChannelAlignment">Channels of plan tensors are padded to a multiple of this, 1 for none.</param>
public sealed record DeviceCaps(string Name, SimdLevel Simd, int ChannelAlignment)
{
    /// <summary>Whether groups of threads share fast memory of their own, and enough of it for tiles, as on GPUs: kernels that keep tiles there are for such devices.</summary>
    public bool HasGroupMemory { get; init; }
}
