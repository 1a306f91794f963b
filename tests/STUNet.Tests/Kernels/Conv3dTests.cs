using System.Text.Json;
using STUNet.Core;
using STUNet.Kernels;
using STUNet.TestKit.Golden;
using STUNet.TestKit.Ops;
using STUNet.Tests.Golden;

namespace STUNet.Tests.Kernels;

public sealed class Conv3dTests : IDisposable
{
    private readonly List<CpuDevice> _devices = [];

    public static IEnumerable<ITheoryDataRow> GoldenRows => TestDevices.Times(GoldenCases.Of("ops/conv3d.safetensors"));

    public void Dispose() => _devices.ForEach(device => device.Dispose());

    /// <summary>y = 0.5 + sum of w * x over the neighbours inside of the 1x2x3 image, worked by hand.</summary>
    [Fact]
    public void Reference_OneChannel_EqualsHandWorkedSums()
    {
        // x = [1 2 3; 4 5 6], w = [1 0 2; 0 3 0; 4 0 5] (axes y, x), padding 1.
        OpCase @case = Conv3dCases.Case(1, 1, 1, new(1, 2, 3), new(1, 3, 3), Int3.One) with
        {
            Values = input => input switch { 0 => [1, 2, 3, 4, 5, 6], 1 => [1, 0, 2, 0, 3, 0, 4, 0, 5], _ => [0.5f] },
        };

        // (0,0): 3*1 + 5*5; (0,1): 3*2 + 4*4 + 5*6; (0,2): 3*3 + 4*5; (1,0): 3*4 + 2*2; (1,1): 3*5 + 1*1 + 2*3; (1,2): 3*6 + 1*2.
        Assert.Equal([28.5f, 52.5f, 29.5f, 16.5f, 22.5f, 20.5f], RunReference(@case));
    }

    /// <summary>Stride 2 along x, two batches, two sources of which the first is doubled along x, 1x1x3 kernel, worked by hand.</summary>
    [Fact]
    public void Reference_TwoSourcesUpsampledStrided_EqualsHandWorkedSums()
    {
        // First source [1 2] becomes 1 1 2 2, second source 10 20 30 40; weights 1 2 3 on the first, 0.1 0.2 0.3 on the second.
        OpCase @case = Conv3dCases.Case(2, 1, 1, new(1, 1, 2), new(1, 1, 3), new(1, 1, 2), second: 1, new(1, 1, 2)) with
        {
            Values = input => input switch
            {
                0 => [1, 2, 0, 1],
                1 => [10, 20, 30, 40, 0, 0, 0, 10],
                2 => [1, 2, 3, 10, 20, 30],
                _ => [1],
            },
        };

        // Columns 0 and 2: 2*1 + 3*1 + 20*10 + 30*20 and 1*1 + 2*2 + 3*2 + 10*20 + 20*30 + 30*40, plus 1; second batch 0 and 2 + 3 + 30*10, plus 1.
        Assert.Equal([806, 2012, 1, 306], RunReference(@case));
    }

    [Theory]
    [InlineData(SimdLevel.Avx512)]
    [InlineData(SimdLevel.Avx2)]
    [InlineData(SimdLevel.Portable)]
    public void Kernel_FirstChoice_IsWinogradForWideLayersOfTheLevelsThatHaveIt(SimdLevel level)
    {
        CpuDevice device = Device(1, level);
        Assert.SkipWhen(device.Caps.Simd != level, $"this processor has no {level}");
        string wide = level == SimdLevel.Portable ? "ForwardDirect" : "ForwardWinograd4x4x4";
        Assert.Equal($"ForwardDirect{level}", FirstChoice(device, Conv3dCases.Case(1, 3, 32, new(2, 3, 4), new(3, 3, 3), Int3.One)));
        Assert.Equal($"ForwardDirect{level}", FirstChoice(device, Conv3dCases.Case(1, 32, 64, new(32, 32, 32), new(3, 3, 3), new(2, 2, 2))));
        Assert.Equal($"{wide}{level}", FirstChoice(device, Conv3dCases.Case(1, 32, 32, new(32, 32, 32), new(3, 3, 3), Int3.One)));
    }

    [Fact]
    public void WorkspaceBytes_EveryStuNetLayer_IsAtMostEightMebibytesAWorkerAndARound()
    {
        CpuDevice device = Device(2, SimdLevel.Avx512);
        foreach (OpCase layer in new Conv3dCases().Cases.Where(@case => @case.IsBenchmark))
        {
            TensorDesc[] operands = KernelHarness.OperandsOf(device, layer);
            foreach (IKernel kernel in KernelHarness.KernelsFor(device, layer))
                Assert.InRange(kernel.WorkspaceBytes(layer.Op, operands, device), 0, 2 * (8 << 20) + (kernel.Name.Contains("LateWeights", StringComparison.Ordinal) ? 128 << 20 : 16 << 20));
        }
    }

    /// <summary>
    /// The statistics that fall off against those of the very values stored, in double, with a mean a thousand times the deviation: what a shift by
    /// the first value of every piece must survive.
    /// </summary>
    [Theory]
    [InlineData(16, 1)]
    [InlineData(16, 2)]
    [InlineData(33, 1)]
    public void Statistics_MeanFarAboveTheDeviation_AreThoseOfTheOutput(int channels, int stride)
    {
        OpCase layer = Conv3dCases.Case(
            1, channels, channels, new(17, 24, 70), new(3, 3, 3), new(stride, stride, stride), fused: op => op with { StatisticsEpsilon = 1e-5f });
        OpCase shifted = layer with { Values = input => input == 2 ? [.. Enumerable.Range(0, channels).Select(c => 7000f + c)] : null };
        foreach (SimdLevel level in Enum.GetValues<SimdLevel>())
        {
            CpuDevice device = Device(2, level);
            foreach (IKernel kernel in KernelHarness.KernelsFor(device, shifted).Where(kernel => !kernel.Name.Contains("Reference", StringComparison.Ordinal)))
            {
                float[] made = Run(device, kernel, shifted);
                int voxels = (made.Length / channels) - 2;
                for (int c = 0; c < channels; c++)
                {
                    double mean = made.Skip(c * voxels).Take(voxels).Average(value => (double)value);
                    double variance = made.Skip(c * voxels).Take(voxels).Average(value => (value - mean) * (value - mean));
                    float[] statistics = made[(channels * voxels)..];
                    Assert.True(Math.Abs(statistics[2 * c] - mean) <= 1e-6 * mean, $"{kernel.Name} mean {statistics[2 * c]} of {mean}");
                    double rstd = 1 / Math.Sqrt(variance + 1e-5);
                    Assert.True(Math.Abs(statistics[(2 * c) + 1] - rstd) <= 1e-5 * rstd, $"{kernel.Name} rstd {statistics[(2 * c) + 1]:R} of {rstd:R}");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(GoldenRows))]
    public void Kernel_GoldenCase_EqualsPyTorch(string name, string deviceName)
    {
        GoldenFile file = GoldenCases.Main.File("ops/conv3d.safetensors");
        JsonElement parameters = file.Case(name);
        GoldenTensor x = file.Tensor($"{name}.x");
        float[][] values = [x.ToSingles(), file.Tensor($"{name}.w").ToSingles(), file.Tensor($"{name}.b").ToSingles()];
        GoldenTensor y = file.Tensor($"{name}.y");
        OpCase @case = Conv3dCases.Case(
            parameters.GetProperty("n").GetInt32(),
            parameters.GetProperty("cin").GetInt32(),
            parameters.GetProperty("cout").GetInt32(),
            Triple(parameters.GetProperty("size")),
            Triple(parameters.GetProperty("kernel")),
            Triple(parameters.GetProperty("stride"))) with
        { Values = input => values[input] };

        Shape shape = @case.Op.InferOutput([.. @case.Inputs]).Shape;
        Assert.Equal(y.Shape, new int[] { shape.N, shape.C, shape.D, shape.H, shape.W });
        Device device = TestDevices.Open(deviceName);
        // TF32 rounds its operands, and no plan takes it unasked; Conv3dTensorGpuTests hold it to what that costs.
        foreach (IKernel kernel in KernelHarness.KernelsFor(device, @case).Where(kernel => deviceName == TestDevices.Cpu || kernel.IsExact))
            GoldenCompare.Within($"{kernel.Name} {name}.y", y.ToSingles(), Run(device, kernel, @case), y.Tolerance());
    }

    private static string FirstChoice(CpuDevice device, OpCase @case) => KernelHarness.KernelsFor(device, @case).First().Name;

    private static Int3 Triple(JsonElement array) => Int3.From(axis => array[axis].GetInt32());

    private static float[] Run(Device device, IKernel kernel, OpCase @case)
    {
        using KernelHarness harness = new(device, kernel, @case);
        harness.Run();
        return harness.Read();
    }

    private float[] RunReference(OpCase @case) => Run(Device(2, SimdLevel.Portable), new Conv3dReference(), @case);

    private CpuDevice Device(int workers, SimdLevel level)
    {
        CpuDevice? device = _devices.Find(known => known.Workers.Count == workers && known.Caps.Simd == level);
        if (device is null)
        {
            device = new CpuDevice(workers, level);
            _devices.Add(device);
        }

        return device;
    }
}
