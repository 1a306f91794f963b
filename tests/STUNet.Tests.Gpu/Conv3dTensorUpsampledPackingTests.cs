using System.Runtime.InteropServices;
using STUNet.Core;
using STUNet.Kernels;
using STUNet.TestKit.Ops;
using Half = System.Half;

namespace STUNet.Tests.Gpu;

/// <summary>Weights of taps that read one voxel of an upsampled source: added up, then rounded once, and where they lie, bit by bit. Other tests have weights whose sums need no rounding.</summary>
public sealed class Conv3dTensorUpsampledPackingTests
{
    private const int OutputChannels = 5;
    private const int First = 9;
    private const int Second = 11;

    [Theory]
    [InlineData(Precision.F32, 2, 2, 2)]
    [InlineData(Precision.F32, 3, 1, 2)]
    [InlineData(Precision.F16, 2, 2, 2)]
    [InlineData(Precision.F16, 1, 2, 3)]
    [InlineData(Precision.BF16, 2, 2, 2)]
    [InlineData(Precision.TF32, 2, 2, 2)]
    public void Pack_AnyWeights_AreSumsRoundedOnce(Precision precision, int fd, int fh, int fw)
    {
        Shape weight = new(OutputChannels, First + Second, 3, 3, 3);
        Int3 factor = new(fd, fh, fw);
        Conv3dTensorUpsampledGpuPacking packing = new(precision, weight, First, factor);
        float[] values = OpCase.Uniform(weight.Count, "packing");
        GpuDevice device = OpenCl.Device;
        using DeviceMemory source = device.Allocate(values.Length * sizeof(float));
        using DeviceMemory target = device.Allocate(packing.ByteLength);
        device.Upload(MemoryMarshal.AsBytes(values.AsSpan()), source, 0);
        TensorDesc desc = new(weight, Layout.NCDHW);
        packing.Bind(new TensorView(source, 0, desc), new TensorView(target, 0, desc), device).Run(new RunContext());
        byte[] packed = new byte[packing.ByteLength];
        device.Download(target, 0, packed);
        Assert.Equal(Expected(values, precision, factor), Values(packed, precision.Activations()));
    }

    private static float[] Expected(float[] weight, Precision precision, Int3 factor)
    {
        int size = precision.Activations().Size();
        int elementsOfChunk = 16 / size;
        int elementsOfStep = 64 / size;
        int firstPitch = (First + elementsOfChunk - 1) / elementsOfChunk * elementsOfChunk;
        int secondPitch = (Second + elementsOfChunk - 1) / elementsOfChunk * elementsOfChunk;
        Int3[] phases = [.. Positions(factor)];
        // Of every phase the voxels that its 27 taps read, relative to the source voxel.
        (Int3 Voxel, Int3 Tap)[][] reads = [.. phases.Select(phase => Positions(new(3, 3, 3)).Select(tap => (Int3.From(axis => (int)Math.Floor((phase[axis] + tap[axis] - 1) / (double)factor[axis])), tap)).ToArray())];
        Int3[][] voxels = [.. reads.Select(phase => phase.Select(read => read.Voxel).Distinct().OrderBy(voxel => (voxel.D, voxel.H, voxel.W)).ToArray())];
        int stepsOfPhase = (voxels.Max(of => of.Length) * firstPitch + elementsOfStep - 1) / elementsOfStep;
        int stepsBeside = ((27 * secondPitch) + elementsOfStep - 1) / elementsOfStep;
        float[] expected = new float[((phases.Length * stepsOfPhase) + stepsBeside) * OutputChannels * elementsOfStep];
        for (int oc = 0; oc < OutputChannels; oc++)
        {
            for (int phase = 0; phase < phases.Length; phase++)
            {
                for (int voxel = 0; voxel < voxels[phase].Length; voxel++)
                {
                    for (int ic = 0; ic < First; ic++)
                    {
                        float sum = 0;
                        foreach ((_, Int3 tap) in reads[phase].Where(read => read.Voxel == voxels[phase][voxel]))
                            sum += At(oc, ic, tap);
                        Put(phase * stepsOfPhase, oc, (voxel * firstPitch) + ic, sum);
                    }
                }
            }

            foreach ((Int3 tap, int number) in Positions(new(3, 3, 3)).Select((tap, number) => (tap, number)))
            {
                for (int ic = 0; ic < Second; ic++)
                    Put(phases.Length * stepsOfPhase, oc, (number * secondPitch) + ic, At(oc, First + ic, tap));
            }
        }

        return expected;

        float At(int oc, int ic, Int3 tap) => weight[(((oc * (First + Second)) + ic) * 27) + (((tap.D * 3) + tap.H) * 3) + tap.W];

        void Put(int firstStep, int oc, int inner, float value) =>
            expected[((((firstStep + (inner / elementsOfStep)) * OutputChannels) + oc) * elementsOfStep) + (inner % elementsOfStep)] =
                precision == Precision.TF32 ? ElementRounding.RoundToTF32(value) : ElementRounding.Round(value, precision.Activations());
    }

    private static IEnumerable<Int3> Positions(Int3 size) =>
        from d in Enumerable.Range(0, size.D)
        from h in Enumerable.Range(0, size.H)
        from w in Enumerable.Range(0, size.W)
        select new Int3(d, h, w);

    private static float[] Values(byte[] packed, DType type) => type switch
    {
        DType.F32 => MemoryMarshal.Cast<byte, float>(packed).ToArray(),
        DType.F16 => [.. MemoryMarshal.Cast<byte, Half>(packed).ToArray().Select(value => (float)value)],
        _ => [.. MemoryMarshal.Cast<byte, ushort>(packed).ToArray().Select(BFloat16.ToSingle)],
    };
}
