using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="Conv3dGpuPacking"/>'s body is told.</summary>
internal struct Conv3dPackingArguments
{
    public ArrayView<float> Source;
    public ArrayView<float> Packed;
    public int OutputChannels;
    public int InputChannels;
    public int Taps;
    public int PackedChannels;
    public int Count;
}

/// <summary>
/// The weight (OC, IC, KD, KH, KW) as [tap, ic, oc], oc filled up with zeros to a multiple of 4. One thread writes one packed element.
/// </summary>
internal sealed record Conv3dGpuPacking(Shape Weight)
    : Packing("conv3d.gpu.oc4", Weight.Voxels * Weight.C * BlocksOf(Weight) * GpuFloat4.ByteLength)
{
    /// <summary>The kernel body.</summary>
    public static Action<Conv3dPackingArguments> Body => Pack;

    /// <summary>Blocks of 4 output channels.</summary>
    public static int BlocksOf(Shape weight) => (weight.N + 3) / 4;

    /// <summary>The packed form as kernels read it.</summary>
    public static ArrayView<GpuFloat4> View(TensorView packed) =>
        ((GpuMemory)packed.Memory).View<GpuFloat4>(packed.ByteOffset, new Conv3dGpuPacking(packed.Desc.Shape).ByteLength);

    /// <inheritdoc/>
    public override Step Bind(TensorView source, TensorView packed, Device device)
    {
        long count = ByteLength / sizeof(float);
        if (count > int.MaxValue)
            throw new InvalidRequestException($"Weight {Weight} has more than 2^31 elements; use --device cpu.");
        Conv3dPackingArguments arguments = new()
        {
            Source = GpuTensor.BytesOf<float>(source),
            Packed = ((GpuMemory)packed.Memory).View<float>(packed.ByteOffset, ByteLength),
            OutputChannels = Weight.N,
            InputChannels = Weight.C,
            Taps = (int)Weight.Voxels,
            PackedChannels = BlocksOf(Weight) * 4,
            Count = (int)count,
        };
        return new GpuStep<Conv3dPackingArguments>((GpuDevice)device, Body, GpuLaunch.OneThreadPer(count), arguments, GpuLaunch.KeepArguments);
    }

    private static void Pack(Conv3dPackingArguments k)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= k.Count)
            return;
        int oc = i % k.PackedChannels;
        int ic = i / k.PackedChannels % k.InputChannels;
        int tap = i / k.PackedChannels / k.InputChannels;
        k.Packed[i] = oc < k.OutputChannels ? k.Source[(((oc * k.InputChannels) + ic) * k.Taps) + tap] : 0;
    }
}
