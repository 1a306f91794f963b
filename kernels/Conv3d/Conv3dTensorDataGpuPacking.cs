using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="Conv3dTensorDataGpuPacking"/>'s body is told.</summary>
internal struct Conv3dTensorDataPackingArguments
{
    public ArrayView<float> Source;
    public GpuPackedElements Packed;
    public Conv3dTensorPhases Phases;
    public int InputChannels;
    public int Taps;
    public int PhaseCount;
    public int Count;
}

/// <summary>
/// The weight (OC, IC, KD, KH, KW) as [step, ic, 64 bytes of oc] in the element type of the multiplication, rounded to it: transposed beside the forward pass, its
/// taps in the order of the phases (<see cref="Conv3dTensorPhase"/>), which is flipped. The channels of each tap are filled up with zeros to chunks of 16 bytes, unless
/// <paramref name="IsGathered"/>, and those of each phase to steps. One thread writes one element.
/// </summary>
/// <param name="Precision">What is multiplied.</param>
/// <param name="Weight">Shape of the weight.</param>
/// <param name="Stride">Stride of the convolution.</param>
/// <param name="IsGathered">Whether the taps of a phase follow without gaps.</param>
internal sealed record Conv3dTensorDataGpuPacking(Precision Precision, Shape Weight, Int3 Stride, bool IsGathered)
    : Packing(
        $"conv3d.tensor.data.{Precision}.s{Stride}{(IsGathered ? ".gathered" : "")}",
        (long)PhasesOf(Precision.Activations(), Weight, Stride, IsGathered).StepsBefore((int)Stride.Product) * Weight.C * GpuTileMemory.RowBytes)
{
    /// <summary>The kernel body.</summary>
    public static Action<Conv3dTensorDataPackingArguments> Body => Pack;

    /// <summary>The inner index.</summary>
    public static Conv3dTensorPhases PhasesOf(DType type, Shape weight, Int3 stride, bool isGathered) => new()
    {
        Kernel = GpuInt3.From(weight.Size),
        Stride = GpuInt3.From(stride),
        Channels = weight.N,
        ElementsOfUnit = Conv3dTensorGpuPacking.ElementsOfUnit(type, isGathered),
        UnitsOfTap = Conv3dTensorGpuPacking.Units(weight.N, Conv3dTensorGpuPacking.ElementsOfUnit(type, isGathered)),
        ElementsOfStep = Conv3dTensorGpuPacking.ElementsOfStep(type),
    };

    /// <inheritdoc/>
    public override Step Bind(TensorView source, TensorView packed, Device device)
    {
        DType type = Precision.Activations();
        long count = ByteLength / type.Size();
        GpuLaunch.Require32Bits(count);
        Conv3dTensorDataPackingArguments arguments = new()
        {
            Source = GpuTensor.BytesOf<float>(source),
            Packed = GpuPackedElements.Of(packed, ByteLength, Precision),
            Phases = PhasesOf(type, Weight, Stride, IsGathered),
            InputChannels = Weight.C,
            Taps = (int)Weight.Voxels,
            PhaseCount = (int)Stride.Product,
            Count = (int)count,
        };
        return new GpuStep<Conv3dTensorDataPackingArguments>((GpuDevice)device, Body, GpuLaunch.OneThreadPer(count), arguments, GpuLaunch.KeepArguments);
    }

    private static void Pack(Conv3dTensorDataPackingArguments k)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= k.Count)
            return;
        int element = i % k.Phases.ElementsOfStep;
        int ic = i / k.Phases.ElementsOfStep % k.InputChannels;
        int step = i / k.Phases.ElementsOfStep / k.InputChannels;
        int number = 0;
        Conv3dTensorPhase phase = Conv3dTensorPhase.Of(k.Phases.Kernel, k.Phases.Stride, 0);
        while (number < k.PhaseCount - 1 && step >= k.Phases.StepsOf(phase.Count))
        {
            step -= k.Phases.StepsOf(phase.Count);
            number++;
            phase = Conv3dTensorPhase.Of(k.Phases.Kernel, k.Phases.Stride, number);
        }

        int inner = (step * k.Phases.ElementsOfStep) + element;
        int tap = inner / k.Phases.ElementsOfUnit / k.Phases.UnitsOfTap;
        int oc = (inner / k.Phases.ElementsOfUnit % k.Phases.UnitsOfTap * k.Phases.ElementsOfUnit) + (inner % k.Phases.ElementsOfUnit);
        bool exists = tap < phase.Count && oc < k.Phases.Channels;
        int place = exists ? (((oc * k.InputChannels) + ic) * k.Taps) + phase.TapAt(k.Phases.Kernel, k.Phases.Stride, tap) : 0;
        float weight = exists ? k.Source[place] : 0;
        k.Packed.Write(i, weight);
    }
}
