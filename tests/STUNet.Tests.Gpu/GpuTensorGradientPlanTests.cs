using STUNet.Core;
using STUNet.Engine;
using STUNet.Kernels;
using STUNet.TestKit;
using STUNet.TestKit.Ops;
using Half = System.Half;

namespace STUNet.Tests.Gpu;

/// <summary>A convolution of two sources and its gradients, of both sources together as they are recorded, as plans make them: with activations of 16 bits and TF32 by tensor cores, in float32 by register tiles, but not on a processor.</summary>
public sealed class GpuTensorGradientPlanTests
{
    private static readonly Int3 K333 = new(3, 3, 3);
    private static readonly Shape First = new(2, 9, 3, 4, 5);
    private static readonly Shape Second = new(2, 16, 3, 4, 5);
    private const int OutputChannels = 18;

    [Theory]
    [InlineData(1, Precision.F16, true)]
    [InlineData(1, Precision.BF16, true)]
    [InlineData(1, Precision.TF32, true)]
    [InlineData(2, Precision.F16, true)]
    [InlineData(2, Precision.BF16, true)]
    [InlineData(2, Precision.TF32, true)]
    [InlineData(1, Precision.F32, false)]
    [InlineData(2, Precision.F32, false)]
    public void Measure_PlannedGpu_MultipliesOnTensorCoresUnlessInFloat32(int stride, Precision precision, bool expected)
    {
        using GpuPlanningDevice device = new();
        using CompiledModel model = new(device, new RoundedParameters());
        StepReport[] products = [.. model.Measure(Record(stride, precision), new PlanOptions().For(precision)).Steps.Where(step => step.Work.Flops > 0 && step.Problem.StartsWith("conv3d", StringComparison.Ordinal))];
        Assert.Equal(3, products.Length);
        Assert.All(products, step => Assert.Equal(expected, step.UsesTensorCores));
    }

    /// <summary>
    /// Against float32 on the CPU with the same rounded operands: sums of 27 * 25 products for the output and of 27 * 18 for the data gradient, which binary16 rounds once more, of 2 * 60
    /// for the gradients of weight and bias.
    /// </summary>
    [Theory]
    [InlineData(1, Precision.F16)]
    [InlineData(2, Precision.F16)]
    [InlineData(1, Precision.TF32)]
    [InlineData(2, Precision.TF32)]
    public void Run_OperandsOfTenBitsOfMantissa_EqualsFloat32OnTheSame(int stride, Precision precision)
    {
        using CpuDevice cpu = new();
        (string Name, int Terms, bool IsRounded)[] outputs = [("y", 27 * 25, true), ("dx", 27 * OutputChannels, true), ("dw", 120, false), ("db", 120, false)];
        Dictionary<string, float[]> expected = Run(cpu, stride, Precision.F32);
        Dictionary<string, float[]> actual = Run(OpenCl.Device, stride, precision);
        foreach ((string name, int terms, bool isRounded) in outputs)
        {
            double tolerance = new OpCase(new ChannelSumOp(), []) { Terms = terms }.Tolerance;
            for (int i = 0; i < expected[name].Length; i++)
            {
                double rounding = isRounded && precision == Precision.F16 ? Math.Max(Math.Abs(expected[name][i]) * Math.Pow(2, -11), Math.Pow(2, -25)) : 0;
                double error = Math.Abs((double)expected[name][i] - actual[name][i]);
                // Both sides sum in float32.
                Assert.True(error <= (2 * tolerance) + (rounding * (1 + (2 * tolerance))), $"{name}[{i}]: {actual[name][i]}, expected {expected[name][i]}");
            }
        }
    }

    [Theory]
    [InlineData(false, "PlainGpu")]
    [InlineData(true, "TileF32")]
    public void Measure_Float32OnOpenCl_TakesTilesWhereGroupsHaveMemoryAlone(bool asGpu, string expected)
    {
        using CompiledModel model = new(asGpu ? OpenCl.AsGpu : OpenCl.Device, new RoundedParameters());
        PlanReport report = model.Measure(Record(stride: 2, Precision.F32), new PlanOptions { PreferredKernels = TensorKernels.IsTile });
        StepReport[] products = [.. report.Steps.Where(step => step.Work.Flops > 0 && step.Problem.StartsWith("conv3d", StringComparison.Ordinal))];
        Assert.Equal(3, products.Length);
        Assert.All(products, step => Assert.Contains(expected, step.Kernel, StringComparison.Ordinal));
    }

    private static Dictionary<string, float[]> Run(Device device, int stride, Precision precision)
    {
        Tape tape = Record(stride, precision);
        using CompiledModel model = new(device, new RoundedParameters());
        using Plan plan = model.CreatePlan(tape, new PlanOptions { PoisonWithNaN = true, Canaries = true }.For(precision));
        foreach ((string name, Shape shape) in (IEnumerable<(string, Shape)>)[("x", First), ("z", Second), ("dy", OutputOf(stride))])
            plan.Write(device, name, Rounded(shape.Count, name));
        plan.Run().Wait();
        return tape.Outputs.Keys.ToDictionary(name => name, name => plan.Read(device, name));
    }

    private static Tape Record(int stride, Precision precision)
    {
        DType type = precision.Activations();
        Tape tape = new();
        Value x = Cast(tape, tape.Input("x", new TensorDesc(First)), type);
        Value z = Cast(tape, tape.Input("z", new TensorDesc(Second)), type);
        Value dy = Cast(tape, tape.Input("dy", new TensorDesc(OutputOf(stride))), type);
        Value weight = tape.Parameter("weight", new Shape(OutputChannels, First.C + Second.C, K333), isVariable: true);
        Value bias = tape.Parameter("bias", Shape.Channels(OutputChannels), isVariable: true);
        Int3 strides = new(1, stride, stride);
        Value y = tape.Apply(new Conv3dOp(K333, strides, Sources: 2, Int3.One), "y", x, z, weight, bias);
        Assert.Equal(dy.Desc, y.Desc);
        Value dx = tape.Apply(new Conv3dDataGradientOp(K333, strides, First.Size), "dx", dy, weight);
        tape.Output("dx", Cast(tape, dx, DType.F32));
        tape.Output("dw", tape.Apply(new Conv3dWeightGradientOp(K333, strides, 2, Int3.One), "dw", x, z, dy));
        tape.Output("db", tape.Apply(new ChannelSumOp(), "db", dy));
        tape.Output("y", Cast(tape, y, DType.F32));
        return tape;
    }

    private static Shape OutputOf(int stride) => new(2, OutputChannels, 3, ((First.H - 1) / stride) + 1, ((First.W - 1) / stride) + 1);

    private static Value Cast(Tape tape, Value value, DType type) => value.Desc.DType == type ? value : tape.Apply(new CastOp(type), $"{value.Name}.cast", value);

    private static float[] Rounded(long count, string key) => [.. OpCase.Uniform(count, key).Select(value => (float)(Half)value)];

    private sealed class RoundedParameters : IParameterSource
    {
        public void Read(string name, Span<float> destination) => Rounded(destination.Length, name).CopyTo(destination);
    }
}
