using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime.Cuda;
using STUNet.Core;
using STUNet.Kernels;
using Half = System.Half;

namespace STUNet.Tests.Gpu;

/// <summary>What the test kernels are told. Public, since ILGPU's launchers take it.</summary>
public struct TensorCoreTestArguments
{
    public ArrayView<uint> Input;
    public ArrayView<uint> Output;
}

/// <summary>
/// Every tensor-core instruction: its twin on OpenCL against plain loops, with operands laid out as the PTX manual's figures say, and its PTX text. One group of 128
/// threads; each warp gets matrices of its own.
/// </summary>
public sealed class GpuTensorCoreTests
{
    private const int Threads = 128;
    private const int WordsOfOperands = 12;
    private const int WordsOfSums = 16;

    [Theory]
    [InlineData(DType.F16)]
    [InlineData(DType.BF16)]
    [InlineData(DType.F32)]
    public void Multiply_SmallIntegers_EqualsPlainLoops(DType type)
    {
        int depth = type == DType.F32 ? 8 : 16;
        Random random = new(7);
        uint[] operands = new uint[Threads * WordsOfOperands];
        float[] expected = new float[Threads * WordsOfSums];
        for (int warp = 0; warp < Threads / 32; warp++)
        {
            int[,] left = Matrix(random, 16, depth);
            int[,] right = Matrix(random, depth, 32);
            for (int k = 0; k < depth; k++)
            {
                // Along the inner index: thread, word, half of the word.
                (int thread, int word, int half) = type == DType.F32 ? (k % 4, k / 4, 0) : (k % 8 / 2, k / 8, k % 2);
                for (int row = 0; row < 16; row++)
                    Set(operands, (warp * 32) + (row % 8 * 4) + thread, (row / 8) + (2 * word), half, left[row, k]);
                for (int column = 0; column < 32; column++)
                    Set(operands, (warp * 32) + (column % 8 * 4) + thread, 4 + (column / 8 * 2) + word, half, right[k, column]);
            }

            for (int row = 0; row < 16; row++)
            {
                for (int column = 0; column < 32; column++)
                {
                    int sum = 0;
                    for (int k = 0; k < depth; k++)
                        sum += left[row, k] * right[k, column];
                    int thread = (warp * 32) + (row % 8 * 4) + (column % 8 / 2);
                    expected[(thread * WordsOfSums) + (column / 8 * 4) + (row / 8 * 2) + (column % 2)] = sum + 1;
                }
            }
        }

        uint[] actual = Run(MultiplyOf(type), operands, expected.Length);
        Assert.Equal(expected, MemoryMarshal.Cast<uint, float>(actual).ToArray());

        void Set(uint[] words, int thread, int word, int half, int value) =>
            words[(thread * WordsOfOperands) + word] |= Bits(type, value) << (16 * half);
    }

    [Fact]
    public void LoadMatrices_RowsNamedByThreads_EqualsTheirWords()
    {
        uint[] shared = [.. Enumerable.Range(0, Threads * 16).Select(word => (uint)word * 2654435761)];
        uint[] actual = Run(LoadBoth, shared, Threads * 8);
        for (int thread = 0; thread < Threads; thread++)
        {
            int lane = thread % 32;
            for (int matrix = 0; matrix < 4; matrix++)
            {
                Assert.Equal(shared[WordNamedBy(thread - lane + (8 * matrix) + (lane / 4)) + (lane % 4)], actual[(8 * thread) + matrix]);
                uint transposed = 0;
                for (int half = 0; half < 2; half++)
                {
                    int row = WordNamedBy(thread - lane + (8 * matrix) + (2 * (lane % 4)) + half);
                    transposed |= ((shared[row + (lane / 8)] >> (lane / 4 % 2 * 16)) & 0xFFFF) << (16 * half);
                }

                Assert.Equal(transposed, actual[(8 * thread) + 4 + matrix]);
            }
        }
    }

    /// <summary>Rows of the inner index, 16 words each, swizzled: whatever order threads take them in, both operands share it, and each is taken once.</summary>
    [Fact]
    public void LoadTransposedWords_BothOperands_TakeEveryInnerIndexOnceAndAlike()
    {
        uint[] shared = new uint[Threads * 16];
        for (int row = 0; row < Threads; row++)
        {
            for (int channel = 0; channel < 16; channel++)
                shared[(GpuTileMemory.PlaceOf(row, channel / 4) * 4) + (channel % 4)] = (uint)((100 * row) + channel);
        }

        uint[] actual = Run(LoadTransposedWords, shared, Threads * 32);
        for (int half = 0; half < 2; half++)
        {
            for (int index = 0; index < 2; index++)
            {
                HashSet<uint> inner = [];
                for (int thread = 0; thread < Threads; thread++)
                {
                    // Of fragment "index" of the piece that begins at row 32 * (warp % 2), this half's 8 rows.
                    uint channel = (uint)(thread % 32 / 4);
                    uint firstRow = (uint)((32 * (thread / 32 % 2)) + (16 * index) + (8 * half));
                    int first = (32 * thread) + (8 * half) + (4 * index);
                    uint[] left = actual[first..][..4];
                    uint a = left[0] / 100;
                    uint c = left[2] / 100;
                    Assert.InRange(a, firstRow, firstRow + 7);
                    Assert.InRange(c, firstRow, firstRow + 7);
                    Assert.Equal([(100 * a) + channel, (100 * a) + channel + 8, (100 * c) + channel, (100 * c) + channel + 8], left);
                    Assert.Equal([left[0], left[2], left[1], left[3]], actual[(first + 16)..][..4]);
                    if (thread < 4)
                        Assert.True(inner.Add(a) && inner.Add(c), $"inner index {a} or {c} twice");
                }
            }
        }
    }

    [Fact]
    public void CopyAsync_SomeBytes_FillsUpWithZeros()
    {
        uint[] source = [.. Enumerable.Range(0, Threads * 4).Select(word => 0x01010101u * (uint)((word % 200) + 1))];
        byte[] actual = MemoryMarshal.AsBytes<uint>(Run(CopySome, source, Threads * 4)).ToArray();
        byte[] expected = MemoryMarshal.AsBytes<uint>(source).ToArray();
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(i % 16 < i / 16 % 17 ? expected[i] : 0, actual[i]);
    }

    [Fact]
    public void CopyChunkAsync_EveryThird_IsCopiedAndTheOthersAreZeros()
    {
        uint[] source = [.. Enumerable.Range(0, Threads * 4).Select(word => (uint)word + 1)];
        uint[] actual = Run(CopyChunks, source, Threads * 4);
        for (int i = 0; i < source.Length; i++)
            Assert.Equal(i / 4 % 3 == 0 ? source[i] : 0, actual[i]);
    }

    [Fact]
    public void Conversions_AllExponents_EqualTheLibrary()
    {
        uint[] values = [.. Enumerable.Range(0, Threads * 512).Select(i => (uint)i * 65521)];
        uint[] actual = Run(ConvertAll, values, values.Length * 4);
        for (int i = 0; i < values.Length; i++)
        {
            float value = BitConverter.UInt32BitsToSingle(values[i]);
            if (float.IsNaN(value))
                continue;
            Assert.Equal(BitConverter.HalfToUInt16Bits((Half)value) | 0x3C000000u, actual[4 * i]);
            Assert.Equal(BFloat16.FromSingle(value) | 0x3F800000u, actual[(4 * i) + 1]);
            uint tf32 = float.IsInfinity(value) ? values[i] : (values[i] + 0x1000) & 0xFFFFE000;
            Assert.Equal(tf32, actual[(4 * i) + 2]);
            Assert.Equal(BitConverter.SingleToUInt32Bits(MathF.FusedMultiplyAdd(value, 1.25f, -0.3f)), actual[(4 * i) + 3]);
        }
    }

    [Fact]
    public void UnpackF16_EveryHalfInTheLowerHalfOfAWord_IsItsValue()
    {
        uint[] halves = [.. Enumerable.Range(0, 1 << 16).Select(bits => (uint)bits | 0xABCD0000)];
        uint[] actual = Run(UnpackAll, halves, halves.Length);
        for (int i = 0; i < halves.Length; i++)
        {
            Half half = BitConverter.UInt16BitsToHalf((ushort)i);
            if (!Half.IsNaN(half))
                Assert.Equal(BitConverter.SingleToUInt32Bits((float)half), actual[i]);
        }
    }

    [Fact]
    public void Compile_EveryInstruction_IsItsPtxOnRegisters()
    {
        Check(MultiplyOf(DType.F16), "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32", 4);
        Check(MultiplyOf(DType.BF16), "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32", 4);
        Check(MultiplyOf(DType.F32), "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32", 4);
        Check(LoadBoth, "ldmatrix.sync.aligned.m8n8.x4.shared.b16", 1);
        Check(LoadBoth, "ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16", 1);
        Check(LoadTransposedWords, "ld.shared.b32 %r", 32);
        Check(CopySome, "cp.async.ca.shared.global", 1);
        Check(CopySome, "cp.async.commit_group", 1);
        Check(CopySome, "cp.async.wait_group 0", 1);
        Check(CopySome, "ld.shared.v4.b32", 1);
        Check(CopySome, "st.v4.b32", 1);
        Check(ConvertAll, "cvt.rn.f16x2.f32", 1);
        Check(ConvertAll, "cvt.rn.bf16x2.f32", 1);
        Check(ConvertAll, "cvt.rna.tf32.f32", 1);
        Check(ConvertAll, "fma.rn.f32", 1);
        Check(UnpackAll, "mov.b32 {%low, %high}, %r", 1);
        Check(UnpackAll, "cvt.f32.f16 %f", 1);

        static void Check(Action<TensorCoreTestArguments> body, string instruction, int count)
        {
            string ptx = Ptx.Compile(body.Method, CudaArchitecture.SM_80);
            Assert.Equal(count, Ptx.Count(ptx, instruction));
            Assert.DoesNotContain(".local", ptx, StringComparison.Ordinal);
            Assert.DoesNotContain(".extern", ptx, StringComparison.Ordinal);
        }
    }

    private static Action<TensorCoreTestArguments> MultiplyOf(DType type) => type switch
    {
        DType.F16 => Multiply<GpuElementF16>,
        DType.BF16 => Multiply<GpuElementBF16>,
        _ => Multiply<GpuElementTF32>,
    };

    private static void Multiply<TElement>(TensorCoreTestArguments k)
        where TElement : struct, IGpuTensorElement
    {
        int first = Group.IdxX * WordsOfOperands;
        GpuAccumulator one = new() { A = 1, B = 1, C = 1, D = 1 };
        GpuTileRow sum = new() { A = one, B = one, C = one, D = one };
        sum = default(TElement).Multiply(sum, Fragment(k.Input, first), Fragment(k.Input, first + 4), Fragment(k.Input, first + 8));
        Store(k.Output, Group.IdxX * WordsOfSums, sum.A);
        Store(k.Output, (Group.IdxX * WordsOfSums) + 4, sum.B);
        Store(k.Output, (Group.IdxX * WordsOfSums) + 8, sum.C);
        Store(k.Output, (Group.IdxX * WordsOfSums) + 12, sum.D);
    }

    private static void LoadBoth(TensorCoreTestArguments k)
    {
        ArrayView<uint> shared = Fill(k, SharedMemory.Allocate<GpuWord4>(Threads * 4).Cast<uint>());
        Store(k.Output, 8 * Group.IdxX, GpuTensorCore.LoadMatrices(shared, WordNamedBy(Group.IdxX) - 16, 16));
        Store(k.Output, (8 * Group.IdxX) + 4, GpuTensorCore.LoadMatricesTransposed(shared, WordNamedBy(Group.IdxX) - 16, 16));
    }

    private static void LoadTransposedWords(TensorCoreTestArguments k)
    {
        ArrayView<uint> shared = Fill(k, SharedMemory.Allocate<GpuWord4>(Threads * 4).Cast<uint>());
        GpuTransposedWordLoads loads = default;
        int left = loads.LeftWord(Group.IdxX / 32 % 2 * 32);
        int right = loads.RightWord(Group.IdxX / 32 % 2 * 32);
        int first = 32 * Group.IdxX;
        Store(k.Output, first, loads.LoadLeft<GpuElementF16>(shared, left, 0));
        Store(k.Output, first + 4, loads.LoadLeft<GpuElementF16>(shared, left, 1));
        Store(k.Output, first + 8, loads.LoadLeft<GpuElementF16>(shared, loads.NextLeftHalf(left), 0));
        Store(k.Output, first + 12, loads.LoadLeft<GpuElementF16>(shared, loads.NextLeftHalf(left), 1));
        Store(k.Output, first + 16, loads.LoadRight<GpuElementF16>(shared, right, 0));
        Store(k.Output, first + 20, loads.LoadRight<GpuElementF16>(shared, right, 1));
        Store(k.Output, first + 24, loads.LoadRight<GpuElementF16>(shared, loads.NextRightHalf(right), 0));
        Store(k.Output, first + 28, loads.LoadRight<GpuElementF16>(shared, loads.NextRightHalf(right), 1));
    }

    private static void CopySome(TensorCoreTestArguments k)
    {
        ArrayView<GpuWord4> shared = SharedMemory.Allocate<GpuWord4>(Threads);
        GpuTensorCore.CopyAsync(shared, Group.IdxX, k.Input.Cast<GpuWord4>(), Group.IdxX, Group.IdxX % 17);
        GpuTensorCore.CommitCopies();
        GpuTensorCore.WaitForCopies(0);
        Group.Barrier();
        k.Output.Cast<GpuWord4>()[Group.IdxX] = shared[Group.IdxX];
    }

    private static void CopyChunks(TensorCoreTestArguments k)
    {
        ArrayView<GpuWord4> shared = SharedMemory.Allocate<GpuWord4>(Threads + 8);
        GpuTensorCore.CopyChunkAsync(shared, Group.IdxX, 8, k.Input.Cast<GpuWord4>(), Group.IdxX, Group.IdxX % 3 == 0 ? 1 : 0);
        GpuTensorCore.CommitCopies();
        GpuTensorCore.WaitForCopies(0);
        Group.Barrier();
        k.Output.Cast<GpuWord4>()[Group.IdxX] = shared[Group.IdxX + 8];
    }

    private static void UnpackAll(TensorCoreTestArguments k)
    {
        for (int i = Group.IdxX; i < (int)k.Input.Length; i += Threads)
            k.Output[i] = Interop.FloatAsInt(GpuTensorCore.UnpackF16(k.Input[i]));
    }

    private static void ConvertAll(TensorCoreTestArguments k)
    {
        for (int i = Group.IdxX; i < (int)k.Input.Length; i += Threads)
        {
            float value = Interop.IntAsFloat(k.Input[i]);
            k.Output[4 * i] = GpuTensorCore.PackF16(value, 1);
            k.Output[(4 * i) + 1] = GpuTensorCore.PackBF16(value, 1);
            k.Output[(4 * i) + 2] = GpuTensorCore.RoundToTF32(value);
            k.Output[(4 * i) + 3] = Interop.FloatAsInt(GpuTensorCore.MultiplyAdd(value, 1.25f, -0.3f));
        }
    }

    private static ArrayView<uint> Fill(TensorCoreTestArguments k, ArrayView<uint> shared)
    {
        for (int i = 0; i < 16; i++)
            shared[(Group.IdxX * 16) + i] = k.Input[(Group.IdxX * 16) + i];
        Group.Barrier();
        return shared;
    }

    // A row of 16 bytes for each thread, in no order.
    private static int WordNamedBy(int thread) => ((thread * 37) + 11) % (Threads * 4) * 4;

    private static GpuFragment Fragment(ArrayView<uint> words, int first) => new() { A = words[first], B = words[first + 1], C = words[first + 2], D = words[first + 3] };

    private static void Store(ArrayView<uint> words, int first, GpuFragment fragment)
    {
        words[first] = fragment.A;
        words[first + 1] = fragment.B;
        words[first + 2] = fragment.C;
        words[first + 3] = fragment.D;
    }

    private static void Store(ArrayView<uint> words, int first, GpuAccumulator sum)
    {
        words[first] = Interop.FloatAsInt(sum.A);
        words[first + 1] = Interop.FloatAsInt(sum.B);
        words[first + 2] = Interop.FloatAsInt(sum.C);
        words[first + 3] = Interop.FloatAsInt(sum.D);
    }

    private static uint[] Run(Action<TensorCoreTestArguments> body, uint[] input, int outputs)
    {
        GpuDevice device = OpenCl.Device;
        using DeviceMemory source = device.Allocate(input.Length * sizeof(uint));
        using DeviceMemory target = device.Allocate(outputs * sizeof(uint));
        device.Upload(MemoryMarshal.AsBytes<uint>(input), source, 0);
        TensorCoreTestArguments arguments = new()
        {
            Input = ((GpuMemory)source).View<uint>(0, source.ByteLength),
            Output = ((GpuMemory)target).View<uint>(0, target.ByteLength),
        };
        new GpuStep<TensorCoreTestArguments>(device, body, new KernelConfig(1, Threads), arguments, GpuLaunch.KeepArguments).Run(new RunContext());
        uint[] output = new uint[outputs];
        device.Download(target, 0, MemoryMarshal.AsBytes(output.AsSpan()));
        return output;
    }

    private static int[,] Matrix(Random random, int rows, int columns)
    {
        int[,] matrix = new int[rows, columns];
        for (int i = 0; i < rows * columns; i++)
            matrix[i / columns, i % columns] = random.Next(-8, 9);
        return matrix;
    }

    private static uint Bits(DType type, int value) => type switch
    {
        DType.F16 => BitConverter.HalfToUInt16Bits((Half)value),
        DType.BF16 => BFloat16.FromSingle(value),
        _ => BitConverter.SingleToUInt32Bits(value),
    };
}
