using STUNet.Benchmarks.Measuring;
using STUNet.Core;
using STUNet.TestKit.Ops;

namespace STUNet.Benchmarks;

/// <summary>
/// <c>accuracy</c>: rounding errors of every convolution algorithm on 3x3x3 layers of 16x16x16 voxels with 32, 128 and 512 input channels, against
/// the reference in double: root mean square and largest error, relative to the root mean square of the outputs. Inputs are leaky ReLUs of
/// uniform values, as inside of a network; weights are uniform.
/// </summary>
internal static class AccuracyCommand
{
    private const int OutputChannels = 32;
    private static readonly Int3 Size = new(16, 16, 16);

    public static int Run(string[] args)
    {
        _ = new CommandOptions(args);
        using CpuDevice device = new();
        Console.WriteLine($"{"channels",8} {"rms error",10} {"max error",10}  kernel");
        foreach (int channels in (int[])[32, 128, 512])
        {
            OpCase @case = Conv3dCases.Case(1, channels, OutputChannels, Size, new(3, 3, 3), Int3.One);
            float[] activated = [.. @case.ValuesOf(0).Select(value => value < 0 ? 0.01f * value : value)];
            OpCase layer = @case with { Values = input => input == 0 ? activated : null };
            float[] expected = KernelCheck.Expected(device, layer);
            double scale = RootMeanSquare(expected);
            foreach (IKernel kernel in KernelHarness.KernelsFor(device, layer).Where(kernel => kernel.Cost(layer.Op, KernelHarness.OperandsOf(device, layer)) < double.MaxValue))
            {
                float[] errors = [.. KernelCheck.Compute(device, kernel, layer).Zip(expected, (actual, exact) => actual - exact)];
                Console.WriteLine($"{channels,8} {RootMeanSquare(errors) / scale,10:E2} {errors.Max(Math.Abs) / scale,10:E2}  {kernel.Name}");
            }
        }

        return 0;
    }

    private static double RootMeanSquare(float[] values) => Math.Sqrt(values.Average(value => (double)value * value));
}
