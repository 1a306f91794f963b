using System.Reflection;
using System.Text.RegularExpressions;
using ILGPU.Runtime.Cuda;
using STUNet.Kernels;

namespace STUNet.Tests.Gpu;

/// <summary>Every tile of the convolution and of its gradients as PTX: what its inner loop consists of, and in which order.</summary>
public sealed partial class Conv3dTensorGpuPtxTests
{
    private static readonly IGpuKernel[] All = [.. GpuKernelTable.All.Where(kernel => kernel.TileFamily.Length > 0)];

    public static IEnumerable<ITheoryDataRow> Kernels => All.Select(kernel => new TheoryDataRow<string>(kernel.Name));

    [Fact]
    public void Table_OfTheThreePasses_HasEveryTile() => Assert.Equal(
        (49, 19, 23), (All.Count(IsOf("Forward")), All.Count(IsOf("DataGradient")), All.Count(IsOf("WeightGradient"))));

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Compile_EveryTile_HasTheInstructionsOfItsTile(string name)
    {
        IGpuKernel kernel = All.Single(candidate => candidate.Name == name);
        (int rows, int columns) = TileOf(name);
        (int warpRows, int warpColumns) = WarpOf(rows, columns);
        bool isGathered = name.Contains("Gather", StringComparison.Ordinal);
        bool isWeight = IsOf("WeightGradient")(kernel);
        string shape = IsTF32(name) ? "m16n8k8.row.col.f32.tf32.tf32.f32"
            : name.Contains("BF16", StringComparison.Ordinal) ? "m16n8k16.row.col.f32.bf16.bf16.f32" : "m16n8k16.row.col.f32.f16.f16.f32";
        // An upsampled source and the other have a loop each.
        int loops = name.Contains("Upsampled", StringComparison.Ordinal) ? 2 : 1;
        // A tile whose source lies in shared memory for all taps copies weights alone, besides what it begins with; of 32 bytes a voxel three taps are multiplied at once, half a step each.
        bool isHalo = name.Contains("Halo", StringComparison.Ordinal);
        bool isNarrow = name.Contains("Narrow", StringComparison.Ordinal);
        // Two halves of a step; of each, a fragment of 16 rows of both operands. Without tensor cores a step is 16 products of each of a thread's sums, and four chunks of each of its rows and columns.
        bool isPlain = IsF32(name);
        int products = loops * (isPlain ? 16 * warpRows * warpColumns / 32 : 2 * (warpRows / 16) * (warpColumns / 8));
        int loads = loops * (isPlain ? 4 * ((warpRows / 8) + (warpColumns / 4)) : 2 * ((warpRows / 16) + (warpColumns / 16)));
        if (isNarrow)
            (products, loads) = (products * 3 / 2, loads * 3 / 2);
        // Copies stand twice in the text, before and in the loop; of each, rows of either source, and weights or gradients. Where a source's last chunk may be a part of one, its rows stand there once
        // more, copied by a number of bytes. Gathered operands are not copied so.
        int whole = isGathered ? (isWeight ? 0 : columns / 32) : isHalo ? 2 * (isNarrow ? 2 : 1) * (columns / 32) : loops * 2 * ((2 * rows / 32) + (columns / 32));
        int parts = isGathered || isWeight ? 0 : isHalo ? 1 : loops * 2 * (2 * rows / 32);
        foreach ((MethodInfo body, CudaArchitecture architecture) in TilesOf(kernel).SelectMany(body => Ptx.Architectures.Select(architecture => (body, architecture))))
        {
            string ptx = Ptx.Compile(body, architecture);
            Assert.Equal(isPlain ? (0, products) : (products, 0), (Ptx.Count(ptx, $"mma.sync.aligned.{shape}"), Ptx.Count(ptx, "fma.rn.f32")));
            // Elements of 32 bits are transposed word by word, a fragment's four.
            (int Plain, int Transposed, int Words, int Chunks) expected =
                isWeight && (isPlain || IsTF32(name)) ? (0, 0, 4 * loads, 0) : isPlain ? (0, 0, 0, loads) : isWeight ? (0, loads, 0, 0) : (loads, 0, 0, 0);
            Assert.Equal(expected, (
                Ptx.Count(ptx, "ldmatrix.sync.aligned.m8n8.x4.shared.b16"), Ptx.Count(ptx, "ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16"), Ptx.Count(ptx, LoadOfWord),
                Ptx.Count(ptx, LoadOfChunk)));
            Assert.Equal((whole, whole + parts), (Ptx.Count(ptx, "16, %none;"), Ptx.Count(ptx, "cp.async.ca.shared.global")));
            Assert.Equal(Ptx.Count(ptx, "cp.async.commit_group"), isGathered ? (isWeight ? 0 : 1) : loops * 2);
            // Results of 16 bits leave in chunks of 16 bytes.
            if (!isWeight && !isPlain && !IsTF32(name))
                Assert.Equal((1, 1), (Ptx.Count(ptx, "ld.shared.v4"), Ptx.Count(ptx, "st.v4")));
            Assert.Equal(loops, Ptx.Count(ptx, "bar.warp.sync"));
            Assert.DoesNotContain(".local", ptx, StringComparison.Ordinal);
            Assert.DoesNotContain(".extern", ptx, StringComparison.Ordinal);
            Assert.True(SharedBytesOf(ptx) <= GpuBlock.SharedBytes, $"{name} takes {SharedBytesOf(ptx)} bytes of shared memory");
        }
    }

    /// <summary>
    /// In the loop: wait for this step's copies, barrier, begin the copies of a later step, multiply. Of the copies only those of the stages but one may be
    /// under way.
    /// </summary>
    [Theory]
    [MemberData(nameof(Kernels))]
    public void Compile_EveryTile_WaitsBeforeTheBarrierAndMultipliesBehindIt(string name)
    {
        IGpuKernel kernel = All.Single(candidate => candidate.Name == name);
        foreach (MethodInfo body in TilesOf(kernel))
            WaitsBeforeTheBarrierAndMultipliesBehindIt(kernel, Ptx.Compile(body, CudaArchitecture.SM_90));
    }

    private static void WaitsBeforeTheBarrierAndMultipliesBehindIt(IGpuKernel kernel, string ptx)
    {
        bool isGathered = kernel.Name.Contains("Gather", StringComparison.Ordinal);
        string product = IsF32(kernel.Name) ? "fma.rn.f32" : "mma.sync";
        string load = !IsF32(kernel.Name) && !(IsOf("WeightGradient")(kernel) && IsTF32(kernel.Name)) ? "ldmatrix" : IsOf("WeightGradient")(kernel) ? LoadOfWord : LoadOfChunk;
        if (isGathered && IsOf("WeightGradient")(kernel))
        {
            // Nothing is copied: everyone meets when the table of the rows is made, in the loop when elements are stored, and again when they are multiplied.
            Assert.Equal(3, Ptx.Count(ptx, "bar.sync"));
            Assert.Equal(2, Ptx.Count(ptx[..ptx.IndexOf(load, StringComparison.Ordinal)], "bar.sync"));
            Assert.InRange(ptx.LastIndexOf("bar.sync", StringComparison.Ordinal), ptx.LastIndexOf(product, StringComparison.Ordinal), ptx.Length);
            return;
        }

        int pending = isGathered ? 0 : TileOf(kernel.Name) == (128, 128) ? 1 : 2;
        Assert.Matches($@"cp\.async\.wait_group {pending};\s+bar\.sync\s+0;", ptx);
        int firstMultiply = ptx.IndexOf(product, StringComparison.Ordinal);
        int barrier = ptx.LastIndexOf("bar.sync", firstMultiply, StringComparison.Ordinal);
        int wait = ptx.LastIndexOf("cp.async.wait_group", firstMultiply, StringComparison.Ordinal);
        Assert.InRange(barrier, wait, ptx.IndexOf(load, wait, StringComparison.Ordinal));
        if (!isGathered)
            Assert.InRange(ptx.IndexOf("cp.async.ca", wait, StringComparison.Ordinal), barrier, firstMultiply);
    }

    private const string LoadOfWord = "ld.shared.b32 %r";
    private const string LoadOfChunk = "ld.shared.v4.b32 {%r";

    // A tile's bodies differ in how rows are found; the others are of packing and second passes.
    private static IEnumerable<MethodInfo> TilesOf(IGpuKernel kernel) => kernel.Bodies.Where(body => body.IsGenericMethod);

    private static Func<IGpuKernel, bool> IsOf(string pass) => kernel => kernel.Name.StartsWith(pass, StringComparison.Ordinal);

    private static bool IsF32(string name) => name.Contains("TileF32", StringComparison.Ordinal);

    private static bool IsTF32(string name) => name.Contains("TF32", StringComparison.Ordinal);

    private static int SharedBytesOf(string ptx) => SharedArray().Matches(ptx).Sum(match => int.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture));

    private static (int Rows, int Columns) TileOf(string name)
    {
        string[] sides = name[(name.LastIndexOf('_') + 1)..].Split('x');
        return (int.Parse(sides[0], System.Globalization.CultureInfo.InvariantCulture), int.Parse(sides[1], System.Globalization.CultureInfo.InvariantCulture));
    }

    private static (int Rows, int Columns) WarpOf(int rows, int columns) => (rows, columns) switch
    {
        (128, 128) => (64, 64),
        (128, 64) => (64, 32),
        _ => (32, 32),
    };

    [GeneratedRegex(@"\.shared \.align \d+ \.b8 \w+\[(\d+)\]")]
    private static partial Regex SharedArray();
}
