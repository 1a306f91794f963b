using System.Runtime.Intrinsics.X86;
using BenchmarkDotNet.Attributes;
using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.Benchmarks;

/// <summary>
/// The innermost loops of the convolutions on operands that lie in the caches, one thread, under BenchmarkDotNet: what a layer reaches at most, and
/// that a call allocates nothing. An operation is as many calls as make a million multiply-adds, so GFLOP/s are 2097 over the microseconds, about.
/// </summary>
[MemoryDiagnoser]
public unsafe class MicroKernelBenchmarks
{
    private const int MultiplyAdds = 1 << 20;
    private const int Tiles = 8;
    private const int ProductChannels = 128;
    private const int Taps = 27;
    private const int TileChannels = 8;
    private const int Segments = 3;
    private CpuMemory? _memory;

    /// <summary>The instruction sets that have micro-kernels of their own and that this machine has.</summary>
    public static IEnumerable<SimdLevel> Levels => ((SimdLevel[])[SimdLevel.Avx512, SimdLevel.Avx2])
        .Where(level => level == SimdLevel.Avx2 ? Avx2.IsSupported : Avx512F.IsSupported);

    /// <summary>The instruction set.</summary>
    [ParamsSource(nameof(Levels))]
    public SimdLevel Level { get; set; }

    /// <summary>Allocates operands of any size that is asked for and fills them.</summary>
    [GlobalSetup]
    public void Allocate()
    {
        _memory = new CpuMemory(4L << 20);
        new Span<float>((void*)_memory.Pointer, 1 << 20).Fill(1e-3f);
    }

    /// <summary>The product of Winograd's algorithm: 8 tiles, 128 channels, one block of output channels.</summary>
    [Benchmark]
    public void WinogradProduct()
    {
        if (Level == SimdLevel.Avx512)
            Product<WinogradProductAvx512>(lanes: 16);
        else
            Product<WinogradProductAvx2>(lanes: 8);
    }

    /// <summary>The tile of the direct algorithm: three segments, 27 taps, 8 channels, one block of output channels.</summary>
    [Benchmark]
    public void DirectTile()
    {
        if (Level == SimdLevel.Avx512)
            Tile<Conv3dMicroKernelAvx512>();
        else
            Tile<Conv3dMicroKernelAvx2>();
    }

    /// <summary>Releases the memory.</summary>
    [GlobalCleanup]
    public void Release() => _memory?.Dispose();

    private void Product<TProduct>(int lanes)
        where TProduct : struct, IWinogradProduct
    {
        float* inputs = (float*)_memory!.Pointer;
        float* weights = inputs + (Tiles * ProductChannels);
        WinogradRows rows = new()
        {
            Inputs = inputs,
            InputGroup = Tiles * lanes,
            Channels = ProductChannels,
            Weights = weights,
            Products = weights + (ProductChannels * TProduct.BlockLanes),
            ProductGroup = Tiles * lanes,
            OutputGroups = TProduct.BlockLanes / lanes,
        };
        for (int call = MultiplyAdds / (Tiles * ProductChannels * TProduct.BlockLanes); call > 0; call--)
            TProduct.Run(&rows);
    }

    private void Tile<TMicroKernel>()
        where TMicroKernel : struct, IConv3dMicroKernel
    {
        int columns = TMicroKernel.SegmentLength;
        int lanes = TMicroKernel.BlockLanes;
        int* offsets = stackalloc int[Taps];
        for (int tap = 0; tap < Taps; tap++)
            offsets[tap] = tap * TileChannels * columns;
        float* panel = (float*)_memory!.Pointer;
        float* weights = panel + (Segments * Taps * TileChannels * columns);
        float* sums = weights + (Taps * TileChannels * lanes);
        Conv3dTile tile = new()
        {
            Panel0 = panel,
            Panel1 = panel + (Taps * TileChannels * columns),
            Panel2 = panel + (2 * Taps * TileChannels * columns),
            ChannelStride = columns,
            TapOffsets = offsets,
            Taps = Taps,
            Channels = TileChannels,
            Weights = weights,
        };
        float* start = sums + (Segments * columns * lanes); // never written, so that the sums stay small
        tile.SetStart(start, start + (columns * lanes), start + (2 * columns * lanes), lanes);
        tile.SetTarget(sums, sums + (columns * lanes), sums + (2 * columns * lanes), lanes);
        for (int call = MultiplyAdds / (Segments * columns * Taps * TileChannels * lanes); call > 0; call--)
            TMicroKernel.Run(lanes, &tile);
    }
}
