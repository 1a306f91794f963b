using ILGPU;
using ILGPU.Algorithms;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="Conv3dTensorUpsampledGpuPacking"/>'s body is told.</summary>
internal struct Conv3dTensorUpsampledPackingArguments
{
    public ArrayView<float> Source;
    public GpuPackedElements Packed;
    public Conv3dTensorUpsampledPhases Phases;
    public int ElementsOfStep;
    public int ElementsOfChunk;
    public int FirstChannels;
    public int Channels;
    public int OutputChannels;
    public int Taps;

    /// <summary>Steps of the upsampled source in all phases.</summary>
    public int FirstSteps;
    public int Count;
}

/// <summary>
/// The weight (OC, IC, KD, KH, KW) as [step, oc, 64 bytes] in the element type of the multiplication: phase after phase the taps of the upsampled source, each the sum of the kernel's taps that read the same voxel
/// (<see cref="Conv3dTensorUpsampledPhase"/>), rounded once; then the second source's taps. The channels of a tap are filled up with zeros to chunks of 16 bytes, every phase to the steps of the longest, the second source to steps. One thread
/// writes one element.
/// </summary>
/// <param name="Precision">What is multiplied.</param>
/// <param name="Weight">Shape of the weight.</param>
/// <param name="FirstChannels">Channels of the first source.</param>
/// <param name="Factor">Its upsampling.</param>
internal sealed record Conv3dTensorUpsampledGpuPacking(Precision Precision, Shape Weight, int FirstChannels, Int3 Factor)
    : Packing($"conv3d.tensor.upsampled.{Precision}.ic{FirstChannels}+{Weight.C - FirstChannels}.x{Factor}", StepsOf(Precision, Weight, FirstChannels, Factor) * Weight.N * GpuTileMemory.RowBytes)
{
    /// <summary>The kernel body.</summary>
    public static Action<Conv3dTensorUpsampledPackingArguments> Body => Pack;

    /// <inheritdoc/>
    public override Step Bind(TensorView source, TensorView packed, Device device)
    {
        DType type = Precision.Activations();
        long count = ByteLength / type.Size();
        GpuLaunch.Require32Bits(count);
        Conv3dTensorUpsampledPhases phases = Conv3dTensorUpsampledPhases.Of(Precision, Weight, FirstChannels, Factor);
        Conv3dTensorUpsampledPackingArguments arguments = new()
        {
            Source = GpuTensor.BytesOf<float>(source),
            Packed = GpuPackedElements.Of(packed, ByteLength, Precision),
            Phases = phases,
            ElementsOfStep = Conv3dTensorGpuPacking.ElementsOfStep(type),
            ElementsOfChunk = Conv3dTensorGpuPacking.ElementsOfUnit(type, isGathered: false),
            FirstChannels = FirstChannels,
            Channels = Weight.C,
            OutputChannels = Weight.N,
            Taps = (int)Weight.Voxels,
            FirstSteps = phases.Count * phases.StepsOfPhase,
            Count = (int)count,
        };
        return new GpuStep<Conv3dTensorUpsampledPackingArguments>((GpuDevice)device, Body, GpuLaunch.OneThreadPer(count), arguments, GpuLaunch.KeepArguments);
    }

    private static long StepsOf(Precision precision, Shape weight, int firstChannels, Int3 factor)
    {
        Conv3dTensorUpsampledPhases phases = Conv3dTensorUpsampledPhases.Of(precision, weight, firstChannels, factor);
        return ((long)phases.Count * phases.StepsOfPhase) + phases.StepsBeside;
    }

    private static void Pack(Conv3dTensorUpsampledPackingArguments k)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= k.Count)
            return;
        int element = i % k.ElementsOfStep;
        int oc = i / k.ElementsOfStep % k.OutputChannels;
        int step = i / k.ElementsOfStep / k.OutputChannels;
        float weight = step < k.FirstSteps ? FirstOf(k, oc, step, element) : SecondOf(k, oc, step - k.FirstSteps, element);
        k.Packed.Write(i, weight);
    }

    private static float SecondOf(in Conv3dTensorUpsampledPackingArguments k, int oc, int step, int element)
    {
        int inner = (step * k.ElementsOfStep) + element;
        int tap = inner / k.ElementsOfChunk / k.Phases.SecondChunks;
        int ic = k.FirstChannels + (inner / k.ElementsOfChunk % k.Phases.SecondChunks * k.ElementsOfChunk) + (inner % k.ElementsOfChunk);
        return tap < k.Taps && ic < k.Channels ? k.Source[(((oc * k.Channels) + ic) * k.Taps) + tap] : 0;
    }

    private static float FirstOf(in Conv3dTensorUpsampledPackingArguments k, int oc, int step, int element)
    {
        Conv3dTensorUpsampledPhase phase = Conv3dTensorUpsampledPhase.Of(k.Phases.Kernel, k.Phases.Factor, step / k.Phases.StepsOfPhase);
        int inner = (step % k.Phases.StepsOfPhase * k.ElementsOfStep) + element;
        GpuInt3 voxel = phase.Taps.PositionOf(inner / k.ElementsOfChunk / k.Phases.FirstChunks);
        int ic = (inner / k.ElementsOfChunk % k.Phases.FirstChunks * k.ElementsOfChunk) + (inner % k.ElementsOfChunk);
        if (voxel.D >= phase.Taps.D || ic >= k.FirstChannels)
            return 0;
        GpuInt3 first = new()
        {
            D = FirstTap(phase.Begin.D + voxel.D, phase.Position.D, k.Phases.Kernel.D, k.Phases.Factor.D),
            H = FirstTap(phase.Begin.H + voxel.H, phase.Position.H, k.Phases.Kernel.H, k.Phases.Factor.H),
            W = FirstTap(phase.Begin.W + voxel.W, phase.Position.W, k.Phases.Kernel.W, k.Phases.Factor.W),
        };
        int source = ((oc * k.Channels) + ic) * k.Taps;
        float sum = 0;
        for (int d = XMath.Max(first.D, 0); d < XMath.Min(first.D + k.Phases.Factor.D, k.Phases.Kernel.D); d++)
        {
            for (int h = XMath.Max(first.H, 0); h < XMath.Min(first.H + k.Phases.Factor.H, k.Phases.Kernel.H); h++)
            {
                for (int w = XMath.Max(first.W, 0); w < XMath.Min(first.W + k.Phases.Factor.W, k.Phases.Kernel.W); w++)
                    sum += k.Source[source + k.Phases.Kernel.VoxelAt(d, h, w)];
            }
        }

        return sum;
    }

    // The first of as many taps as the factor has that read a voxel; before the kernel's first where its taps begin within them.
    private static int FirstTap(int voxel, int position, int kernel, int factor) => (voxel * factor) - position + (kernel / 2);
}
