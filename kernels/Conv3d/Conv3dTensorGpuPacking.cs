using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="Conv3dTensorGpuPacking"/>'s body is told.</summary>
internal struct Conv3dTensorPackingArguments
{
    public ArrayView<float> Source;
    public GpuPackedElements Packed;
    public int ElementsOfStep;

    /// <summary>Elements of a chunk; 1 where the inner index has no gaps.</summary>
    public int ElementsOfUnit;
    public int FirstChannels;
    public int Channels;
    public int OutputChannels;
    public int Taps;

    /// <summary>Units of one tap in the first source and in both.</summary>
    public int FirstUnits;
    public int UnitsOfTap;
    public int Count;
}

/// <summary>
/// The weight (OC, IC, KD, KH, KW) as [step, oc, 64 bytes] in the element type of the multiplication, rounded to it. A step is four chunks of 16 bytes; chunks are counted tap by tap, in each
/// the first source's channels, then the second's, each filled up with zeros to chunks. So two taps of 16 channels share a step. Where <paramref name="IsGathered"/>, elements are counted so, without gaps.
/// Past the last tap there are zeros. One thread writes one element.
/// </summary>
/// <param name="Precision">What is multiplied.</param>
/// <param name="Weight">Shape of the weight.</param>
/// <param name="FirstChannels">Channels of the first source.</param>
/// <param name="IsGathered">Whether the inner index has no gaps.</param>
internal sealed record Conv3dTensorGpuPacking(Precision Precision, Shape Weight, int FirstChannels, bool IsGathered)
    : Packing(
        $"conv3d.tensor.{Precision}.{(IsGathered ? "gathered" : $"ic{FirstChannels}+{Weight.C - FirstChannels}")}",
        StepsOf(Precision.Activations(), Weight, FirstChannels, IsGathered) * Weight.N * GpuTileMemory.RowBytes)
{
    /// <summary>The kernel body.</summary>
    public static Action<Conv3dTensorPackingArguments> Body => Pack;

    /// <summary>Steps of the whole inner index.</summary>
    public static long StepsOf(DType type, Shape weight, int firstChannels, bool isGathered)
    {
        int unit = ElementsOfUnit(type, isGathered);
        long units = weight.Voxels * (Units(firstChannels, unit) + Units(weight.C - firstChannels, unit));
        return ((units * unit) + ElementsOfStep(type) - 1) / ElementsOfStep(type);
    }

    /// <summary>Elements of one step.</summary>
    public static int ElementsOfStep(DType type) => GpuTileMemory.RowBytes / type.Size();

    /// <summary>Elements that stay together: those of a chunk, or each alone.</summary>
    public static int ElementsOfUnit(DType type, bool isGathered) => isGathered ? 1 : GpuWord4.ByteLength / type.Size();

    /// <summary>Units of a number of channels.</summary>
    public static int Units(int channels, int elementsOfUnit) => (channels + elementsOfUnit - 1) / elementsOfUnit;

    /// <inheritdoc/>
    public override Step Bind(TensorView source, TensorView packed, Device device)
    {
        DType type = Precision.Activations();
        long count = ByteLength / type.Size();
        GpuLaunch.Require32Bits(count);
        int unit = ElementsOfUnit(type, IsGathered);
        Conv3dTensorPackingArguments arguments = new()
        {
            Source = GpuTensor.BytesOf<float>(source),
            Packed = GpuPackedElements.Of(packed, ByteLength, Precision),
            ElementsOfStep = ElementsOfStep(type),
            ElementsOfUnit = unit,
            FirstChannels = FirstChannels,
            Channels = Weight.C,
            OutputChannels = Weight.N,
            Taps = (int)Weight.Voxels,
            FirstUnits = Units(FirstChannels, unit),
            UnitsOfTap = Units(FirstChannels, unit) + Units(Weight.C - FirstChannels, unit),
            Count = (int)count,
        };
        return new GpuStep<Conv3dTensorPackingArguments>((GpuDevice)device, Body, GpuLaunch.OneThreadPer(count), arguments, GpuLaunch.KeepArguments);
    }

    private static void Pack(Conv3dTensorPackingArguments k)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= k.Count)
            return;
        int element = i % k.ElementsOfStep;
        int oc = i / k.ElementsOfStep % k.OutputChannels;
        int step = i / k.ElementsOfStep / k.OutputChannels;
        int inner = (step * k.ElementsOfStep) + element;
        int tap = inner / k.ElementsOfUnit / k.UnitsOfTap;
        int unit = inner / k.ElementsOfUnit % k.UnitsOfTap;
        bool isFirst = unit < k.FirstUnits;
        int channel = ((isFirst ? unit : unit - k.FirstUnits) * k.ElementsOfUnit) + (inner % k.ElementsOfUnit);
        bool exists = tap < k.Taps && channel < (isFirst ? k.FirstChannels : k.Channels - k.FirstChannels);
        int ic = isFirst ? channel : k.FirstChannels + channel;
        float weight = exists ? k.Source[(((oc * k.Channels) + ic) * k.Taps) + tap] : 0;
        k.Packed.Write(i, weight);
    }
}
