using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="Conv3dTensorGpuPacking"/>'s body is told.</summary>
internal struct Conv3dTensorPackingArguments
{
    public ArrayView<float> Source;
    public GpuPackedElements Packed;
    public int ElementsOfStep;
    public int FirstChannels;
    public int Channels;
    public int OutputChannels;
    public int Taps;

    /// <summary>Steps of one tap in the first source and in both; 0 where the inner index has no gaps.</summary>
    public int FirstSteps;
    public int StepsOfTap;
    public int Count;
}

/// <summary>
/// The weight (OC, IC, KD, KH, KW) as [step, oc, 64 bytes] in the element type of the multiplication, TF32 rounded. A step is 64 bytes of channels of one tap of
/// one source, filled up with zeros; where <paramref name="IsGathered"/>, of the index tap * IC + ic, filled up at its end only. One thread writes one element.
/// </summary>
/// <param name="Type">F16, BF16, or F32 for TF32.</param>
/// <param name="Weight">Shape of the weight.</param>
/// <param name="FirstChannels">Channels of the first source.</param>
/// <param name="IsGathered">Whether the inner index has no gaps.</param>
internal sealed record Conv3dTensorGpuPacking(DType Type, Shape Weight, int FirstChannels, bool IsGathered)
    : Packing(
        $"conv3d.tensor.{Type}.{(IsGathered ? "gathered" : $"ic{FirstChannels}+{Weight.C - FirstChannels}")}",
        StepsOf(Type, Weight, FirstChannels, IsGathered) * Weight.N * GpuTileMemory.RowBytes)
{
    /// <summary>The kernel body.</summary>
    public static Action<Conv3dTensorPackingArguments> Body => Pack;

    /// <summary>Steps of the whole inner index.</summary>
    public static long StepsOf(DType type, Shape weight, int firstChannels, bool isGathered) => isGathered
        ? Steps(type, weight.C * weight.Voxels)
        : weight.Voxels * StepsOfTap(type, weight, firstChannels);

    /// <summary>Steps of one tap.</summary>
    public static int StepsOfTap(DType type, Shape weight, int firstChannels) => Steps(type, firstChannels) + Steps(type, weight.C - firstChannels);

    /// <summary>Steps of a number of consecutive elements.</summary>
    public static int Steps(DType type, long elements) => (int)(((elements * type.Size()) + GpuTileMemory.RowBytes - 1) / GpuTileMemory.RowBytes);

    /// <inheritdoc/>
    public override Step Bind(TensorView source, TensorView packed, Device device)
    {
        long count = ByteLength / Type.Size();
        GpuLaunch.Require32Bits(count);
        Conv3dTensorPackingArguments arguments = new()
        {
            Source = GpuTensor.BytesOf<float>(source),
            Packed = GpuPackedElements.Of(packed, ByteLength, Type),
            ElementsOfStep = GpuTileMemory.RowBytes / Type.Size(),
            FirstChannels = FirstChannels,
            Channels = Weight.C,
            OutputChannels = Weight.N,
            Taps = (int)Weight.Voxels,
            FirstSteps = Steps(Type, FirstChannels),
            StepsOfTap = IsGathered ? 0 : StepsOfTap(Type, Weight, FirstChannels),
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
        int tap;
        int ic;
        bool exists;
        if (k.StepsOfTap == 0)
        {
            int inner = (step * k.ElementsOfStep) + element;
            tap = inner / k.Channels;
            ic = inner % k.Channels;
            exists = tap < k.Taps;
        }
        else
        {
            tap = step / k.StepsOfTap;
            int stepOfTap = step % k.StepsOfTap;
            bool isFirst = stepOfTap < k.FirstSteps;
            int channel = ((isFirst ? stepOfTap : stepOfTap - k.FirstSteps) * k.ElementsOfStep) + element;
            exists = channel < (isFirst ? k.FirstChannels : k.Channels - k.FirstChannels);
            ic = isFirst ? channel : k.FirstChannels + channel;
        }

        float weight = exists ? k.Source[(((oc * k.Channels) + ic) * k.Taps) + tap] : 0;
        k.Packed.Write(i, weight);
    }
}
