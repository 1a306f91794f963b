using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="Conv3dTensorHaloGpuPacking"/>'s body is told.</summary>
internal struct Conv3dTensorHaloPackingArguments
{
    public ArrayView<float> Source;
    public GpuPackedElements Packed;
    public int ElementsOfBlock;
    public int ElementsOfTap;
    public int Channels;
    public int OutputChannels;

    /// <summary>Lines of taps along x, and blocks of one.</summary>
    public int Lines;
    public int BlocksOfLine;
    public int Count;

    /// <summary>As in <see cref="GpuTensor"/>.</summary>
    public int Unused;
}

/// <summary>
/// The weight (OC, IC, KD, KH, 3) as [slab, line of taps, block, oc, 64 bytes] in the element type of the multiplication, rounded to it. A slab is 64 or 32 bytes of channels; a line is the three taps along x, one block each, or of 32 bytes
/// two to a block. What does not exist is zeros. One thread writes one element.
/// </summary>
/// <param name="Precision">What is multiplied.</param>
/// <param name="Weight">Shape of the weight.</param>
/// <param name="SlabChunks">Chunks of 16 bytes of a slab, 4 or 2.</param>
internal sealed record Conv3dTensorHaloGpuPacking(Precision Precision, Shape Weight, int SlabChunks)
    : Packing($"conv3d.tensor.halo.{Precision}.{SlabChunks}", SlabsOf(Precision, Weight, SlabChunks) * Weight.D * Weight.H * GpuHalo.BlocksOfLine(SlabChunks) * Weight.N * GpuTileMemory.RowBytes)
{
    /// <summary>The kernel body.</summary>
    public static Action<Conv3dTensorHaloPackingArguments> Body => Pack;

    /// <summary>Slabs of a weight's input channels.</summary>
    public static long SlabsOf(Precision precision, Shape weight, int slabChunks) => (weight.C + ElementsOfTap(precision, slabChunks) - 1) / ElementsOfTap(precision, slabChunks);

    /// <inheritdoc/>
    public override Step Bind(TensorView source, TensorView packed, Device device)
    {
        long count = ByteLength / Precision.Activations().Size();
        GpuLaunch.Require32Bits(count);
        Conv3dTensorHaloPackingArguments arguments = new()
        {
            Source = GpuTensor.BytesOf<float>(source),
            Packed = GpuPackedElements.Of(packed, ByteLength, Precision),
            ElementsOfBlock = Conv3dTensorGpuPacking.ElementsOfStep(Precision.Activations()),
            ElementsOfTap = ElementsOfTap(Precision, SlabChunks),
            Channels = Weight.C,
            OutputChannels = Weight.N,
            Lines = Weight.D * Weight.H,
            BlocksOfLine = GpuHalo.BlocksOfLine(SlabChunks),
            Count = (int)count,
        };
        return new GpuStep<Conv3dTensorHaloPackingArguments>((GpuDevice)device, Body, GpuLaunch.OneThreadPer(count), arguments, GpuLaunch.KeepArguments);
    }

    private static int ElementsOfTap(Precision precision, int slabChunks) => slabChunks * GpuWord4.ByteLength / precision.Activations().Size();

    private static void Pack(Conv3dTensorHaloPackingArguments k)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= k.Count)
            return;
        int element = i % k.ElementsOfBlock;
        int oc = i / k.ElementsOfBlock % k.OutputChannels;
        int number = i / k.ElementsOfBlock / k.OutputChannels;
        int line = number / k.BlocksOfLine % k.Lines;
        int slab = number / k.BlocksOfLine / k.Lines;
        int tap = ((number % k.BlocksOfLine * k.ElementsOfBlock) + element) / k.ElementsOfTap;
        int ic = (slab * k.ElementsOfTap) + (element % k.ElementsOfTap);
        bool exists = tap < GpuHalo.TapsOfLine && ic < k.Channels;
        float weight = exists ? k.Source[(((((oc * k.Channels) + ic) * k.Lines) + line) * GpuHalo.TapsOfLine) + tap] : 0;
        k.Packed.Write(i, weight);
    }
}
