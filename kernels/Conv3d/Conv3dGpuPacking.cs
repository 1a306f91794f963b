using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="Conv3dGpuPacking"/>'s body is told.</summary>
internal struct Conv3dPackingArguments
{
    public ArrayView<float> Source;
    public ArrayView<float> Packed;
    public int BlockedChannels;
    public int BlockedStride;
    public int SummedChannels;
    public int SummedStride;
    public int PackedChannels;
    public int Count;
}

/// <summary>
/// The weight (OC, IC, KD, KH, KW) as [tap, ic, oc], oc filled up with zeros to a multiple of 4; for the data gradient as [tap, oc, ic], ic filled up.
/// One thread writes one packed element.
/// </summary>
internal sealed record Conv3dGpuPacking(Shape Weight, bool ForDataGradient = false)
    : Packing(
        ForDataGradient ? "conv3d.gpu.ic4" : "conv3d.gpu.oc4",
        Weight.Voxels * (ForDataGradient ? Weight.N : Weight.C) * BlocksOf(Weight, ForDataGradient) * GpuFloat4.ByteLength)
{
    /// <summary>The kernel body.</summary>
    public static Action<Conv3dPackingArguments> Body => Pack;

    /// <summary>Blocks of 4 output channels, or for the data gradient of 4 input channels.</summary>
    public static int BlocksOf(Shape weight, bool forDataGradient = false) => ((forDataGradient ? weight.C : weight.N) + 3) / 4;

    /// <summary>The packed form as kernels read it.</summary>
    public static ArrayView<GpuFloat4> View(TensorView packed, bool forDataGradient = false) =>
        ((GpuMemory)packed.Memory).View<GpuFloat4>(packed.ByteOffset, new Conv3dGpuPacking(packed.Desc.Shape, forDataGradient).ByteLength);

    /// <inheritdoc/>
    public override Step Bind(TensorView source, TensorView packed, Device device)
    {
        long count = ByteLength / sizeof(float);
        if (count > int.MaxValue)
            throw new InvalidRequestException($"Weight {Weight} has more than 2^31 elements; use --device cpu.");
        int taps = (int)Weight.Voxels;
        Conv3dPackingArguments arguments = new()
        {
            Source = GpuTensor.BytesOf<float>(source),
            Packed = ((GpuMemory)packed.Memory).View<float>(packed.ByteOffset, ByteLength),
            BlockedChannels = ForDataGradient ? Weight.C : Weight.N,
            BlockedStride = ForDataGradient ? taps : Weight.C * taps,
            SummedChannels = ForDataGradient ? Weight.N : Weight.C,
            SummedStride = ForDataGradient ? Weight.C * taps : taps,
            PackedChannels = BlocksOf(Weight, ForDataGradient) * 4,
            Count = (int)count,
        };
        return new GpuStep<Conv3dPackingArguments>((GpuDevice)device, Body, GpuLaunch.OneThreadPer(count), arguments, GpuLaunch.KeepArguments);
    }

    private static void Pack(Conv3dPackingArguments k)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= k.Count)
            return;
        int blocked = i % k.PackedChannels;
        int summed = i / k.PackedChannels % k.SummedChannels;
        int tap = i / k.PackedChannels / k.SummedChannels;
        k.Packed[i] = blocked < k.BlockedChannels ? k.Source[(blocked * k.BlockedStride) + (summed * k.SummedStride) + tap] : 0;
    }
}
