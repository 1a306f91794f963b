using System.Globalization;
using System.Runtime.InteropServices;
using STUNet.Core;
using STUNet.Kernels;
using STUNet.TestKit.Ops;

namespace STUNet.Tests.Gpu;

/// <summary>What the tests of all kernels by tiles share.</summary>
internal static class TensorKernels
{
    /// <summary>Runs a kernel on every case that it supports, twice, against the reference on the same rounded operands.</summary>
    public static void Compare(IKernel kernel, IEnumerable<OpCase> all, int least = 5)
    {
        GpuDevice device = DeviceOf([kernel]);
        using CpuDevice cpu = new();
        int cases = 0;
        foreach (OpCase plain in all)
        {
            TensorConvolution convolution = TensorConvolution.Of(plain, PrecisionOf(kernel));
            if (!kernel.Supports(plain.Op, KernelHarness.OperandsOf(device, convolution.Case), device.Caps))
                continue;
            cases++;
            float[] actual = KernelCheck.Compute(device, kernel, convolution.Case);
            string? wrong = convolution.Check(KernelCheck.Expected(cpu, convolution.Exact), actual);
            Assert.True(wrong is null, $"{plain.Name}: {wrong}");
            float[] again = KernelCheck.Compute(device, kernel, convolution.Case);
            Assert.True(MemoryMarshal.AsBytes(actual.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(again.AsSpan())), $"{plain.Name}: second run");
        }

        // Of float32 four channels are a chunk already, so of its cases five are gathered.
        Assert.True(cases >= least, $"only {cases} cases");
    }

    /// <summary>Runs every tile on every case: the order of sums follows from the shapes, whichever tile is taken, so a tile may be chosen by the clock and no bit changes.</summary>
    /// <param name="family">The tiles, of one family.</param>
    /// <param name="all">The cases.</param>
    public static void CompareTiles(IEnumerable<IKernel> family, IEnumerable<OpCase> all)
    {
        IKernel[] tiles = [.. family];
        GpuDevice device = DeviceOf(tiles);
        int compared = 0;
        Assert.Single(tiles.Select(tile => tile.TileFamily).Distinct());
        foreach (OpCase plain in all)
        {
            OpCase half = TensorConvolution.Of(plain, PrecisionOf(tiles[0])).Case;
            TensorDesc[] operands = KernelHarness.OperandsOf(device, half);
            IKernel[] supporting = [.. tiles.Where(tile => tile.Supports(half.Op, operands, device.Caps))];
            Assert.True(supporting.Length == 0 || supporting.Length == tiles.Length, $"{plain.Name}: only {supporting.Length} of {tiles.Length} tiles support it");
            if (supporting.Length == 0)
                continue;
            Assert.Single(supporting.Select(tile => tile.WorkspaceBytes(half.Op, operands, device)).Distinct());
            float[] first = KernelCheck.Compute(device, supporting[0], half);
            foreach (IKernel tile in supporting.Skip(1))
            {
                float[] other = KernelCheck.Compute(device, tile, half);
                Assert.True(MemoryMarshal.AsBytes(first.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(other.AsSpan())), $"{plain.Name}: {tile.Name} gives other bits than {supporting[0].Name}");
                compared++;
            }
        }

        Assert.True(tiles.Length > 1 && compared > 5, $"only {compared} comparisons of {tiles.Length} tiles");
    }

    /// <summary>Whether a kernel is a tile of a convolution or of its gradients.</summary>
    public static bool IsTile(IKernel kernel) => kernel.TileFamily.Length > 0;

    /// <summary>Whether the first source is upsampled: such cases run bodies of their own.</summary>
    public static bool IsUpsampled(OpCase plain) => plain.Op switch
    {
        Conv3dOp forward => forward.FirstSourceFactor != Int3.One,
        Conv3dWeightGradientOp gradient => gradient.FirstSourceFactor != Int3.One,
        _ => false,
    };

    /// <summary>Whether a kernel runs upsampled cases in every run of the tests; the bodies of the others differ by their tile alone, and take PoCL a minute to compile.</summary>
    public static bool RunsUpsampled(string kernel) => kernel.EndsWith("F16_64x64", StringComparison.Ordinal) || kernel == "WeightGradientTensorTF32_64x64" || kernel.EndsWith("TileF32_64x64", StringComparison.Ordinal) || kernel.Contains("Gather", StringComparison.Ordinal) || kernel.Contains("Upsampled", StringComparison.Ordinal);

    /// <summary>The tiles of F16 that do not.</summary>
    public static IEnumerable<ITheoryDataRow> OthersOf(IEnumerable<IKernel> kernels) => kernels.Select(kernel => kernel.Name)
        .Where(name => name.Contains("TensorF16", StringComparison.Ordinal) && !RunsUpsampled(name) && !name.Contains("Halo", StringComparison.Ordinal)).Select(name => new TheoryDataRow<string>(name));

    /// <summary>Whether of copying and gathering kernels exactly one kind supports each case.</summary>
    public static void CheckOneWayToLoad(IReadOnlyList<IKernel> kernels, IEnumerable<OpCase> all)
    {
        DeviceCaps caps = new("test", SimdLevel.Portable, ChannelAlignment: 8);
        foreach (OpCase plain in all)
        {
            OpCase half = TensorConvolution.Of(plain, Precision.F16).Case;
            TensorDesc[] operands = [.. half.Inputs, .. Made(half)];
            operands = [.. operands.Select(desc => Padded(desc))];
            bool[] gathers = [.. kernels.Where(kernel => kernel.Supports(half.Op, operands, caps)).Select(kernel => kernel.Name.Contains("Gather", StringComparison.Ordinal)).Distinct()];
            Assert.True(gathers.Length == 1, plain.Name);
        }

        static TensorDesc Padded(TensorDesc desc) => desc.Layout != Layout.NDHWC || desc.Shape.C < 4
            ? desc : desc with { ChannelPitch = desc.Shape.C <= 4 ? 4 : (desc.Shape.C + 7) / 8 * 8 };

        static IEnumerable<TensorDesc> Made(OpCase half) => ((TensorDesc?[])[half.Op.InferSideOutput([.. half.Inputs]), half.Op.InferOutput([.. half.Inputs])]).OfType<TensorDesc>();
    }

    // PoCL computes on the processor, where plans take neither tiles of float32 nor the largest of upsampled sources.
    private static GpuDevice DeviceOf(IKernel[] kernels)
    {
        bool isLarge = kernels.Any(kernel => kernel.Name.Contains("Upsampled", StringComparison.Ordinal) && kernel.Name.EndsWith("128x128", StringComparison.Ordinal));
        if (isLarge)
            RequireStack();
        return isLarge || kernels.Any(kernel => PrecisionOf(kernel) == Precision.F32) ? OpenCl.AsGpu : OpenCl.Device;
    }

    // PoCL's threads have the stack that the shell grants, and keep there what every thread of a group holds across a barrier.
    private static void RequireStack()
    {
        const long Needed = 64L << 20;
        string limits = File.ReadLines("/proc/self/limits").Single(line => line.StartsWith("Max stack size", StringComparison.Ordinal));
        string soft = limits["Max stack size".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
        Assert.SkipUnless(soft == "unlimited" || long.Parse(soft, CultureInfo.InvariantCulture) >= Needed, $"the emulation of this tile needs a stack of {Needed >> 20} MiB, and the shell grants {soft} bytes: run 'ulimit -s 262144' first");
    }

    private static Precision PrecisionOf(IKernel kernel) => Enum.GetValues<Precision>().Single(precision => TensorConvolution.IsTile(kernel, precision));
}
