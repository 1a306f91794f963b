using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Types;
using ILGPU.IR.Values;
using ILGPU.Runtime.Cuda;
using Registers = ILGPU.Backends.RegisterAllocator<ILGPU.Backends.PTX.PTXRegisterKind>;

namespace STUNet.Kernels;

/// <summary>
/// The PTX text of <see cref="GpuTensorCore"/> and <see cref="GpuTensorCoreAddresses"/>, one method each, called by ILGPU while it generates a kernel. Operands are virtual registers; nothing goes
/// through local memory. A structure is its fields' registers in order.
/// </summary>
internal static class GpuTensorCorePtx
{
    /// <summary>The PTX version that these instructions need, of drivers of CUDA 11.5 and later: copies that ignore their source came with it.</summary>
    public static CudaInstructionSet InstructionSet { get; } = new(7, 5);

    public static void Load(PTXBackend backend, PTXCodeGenerator generator, Value value) => LoadMatrices(generator, value, "");

    public static void LoadTransposed(PTXBackend backend, PTXCodeGenerator generator, Value value) => LoadMatrices(generator, value, ".trans");

    public static void LoadElements(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        string address = SharedAddress(generator, value[0]);
        string result = List(Result(generator, value));
        Append(generator, $"{{ {address} ld.shared.v4.b32 {result}, [%to+{Constant(value[1]) * sizeof(uint)}]; }}");
    }

    public static void LoadElement(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        string address = SharedAddress(generator, value[0]);
        Append(generator, $"{{ {address} ld.shared.b32 {Result(generator, value)[0]}, [%to+{Constant(value[1]) * sizeof(uint)}]; }}");
    }

    public static void MultiplyF16(PTXBackend backend, PTXCodeGenerator generator, Value value) => Product(generator, value, "m16n8k16.row.col.f32.f16.f16.f32");

    public static void MultiplyBF16(PTXBackend backend, PTXCodeGenerator generator, Value value) => Product(generator, value, "m16n8k16.row.col.f32.bf16.bf16.f32");

    public static void MultiplyTF32(PTXBackend backend, PTXCodeGenerator generator, Value value) => Product(generator, value, "m16n8k8.row.col.f32.tf32.tf32.f32");

    public static void Copy(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        string source = Operands(generator, value[1])[0];
        string bytes = Operands(generator, value[2])[0];
        // .ca: neighbouring taps read the same voxels, which the first-level cache then holds.
        Append(generator, $"{{ {SharedAddress(generator, value[0])} cp.async.ca.shared.global [%to], [{source}], {GpuWord4.ByteLength}, {bytes}; }}");
    }

    // The last operand tells to ignore the source: zeros are stored, nothing is read.
    public static void CopyChunk(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        string source = Operands(generator, value[2])[0];
        string exists = Operands(generator, value[3])[0];
        Append(
            generator,
            $"{{ {SharedAddress(generator, value[0])} .reg .pred %none; setp.eq.s32 %none, {exists}, 0; "
            + $"cp.async.ca.shared.global [%to+{Constant(value[1]) * GpuWord4.ByteLength}], [{source}], {GpuWord4.ByteLength}, %none; }}");
    }

    public static void JoinWarp(PTXBackend backend, PTXCodeGenerator generator, Value value) => Append(generator, "bar.warp.sync 0xffffffff;");

    public static void CommitCopies(PTXBackend backend, PTXCodeGenerator generator, Value value) => Append(generator, "cp.async.commit_group;");

    public static void WaitForCopies(PTXBackend backend, PTXCodeGenerator generator, Value value) =>
        Append(generator, $"cp.async.wait_group {Constant(value[0])};");

    public static void MultiplyAdd(PTXBackend backend, PTXCodeGenerator generator, Value value) => Compute(generator, value, "fma.rn.f32", 0, 1, 2);

    // PTX names the upper half first.
    public static void PackF16(PTXBackend backend, PTXCodeGenerator generator, Value value) => Compute(generator, value, "cvt.rn.f16x2.f32", 1, 0);

    public static void PackBF16(PTXBackend backend, PTXCodeGenerator generator, Value value) => Compute(generator, value, "cvt.rn.bf16x2.f32", 1, 0);

    public static void UnpackF16(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        string bits = Operands(generator, value[0])[0];
        Append(generator, $"{{ .reg .b16 %low, %high; mov.b32 {{%low, %high}}, {bits}; cvt.f32.f16 {Result(generator, value)[0]}, %low; }}");
    }

    public static void RoundToTF32(PTXBackend backend, PTXCodeGenerator generator, Value value) => Compute(generator, value, "cvt.rna.tf32.f32", 0);

    private static void LoadMatrices(PTXCodeGenerator generator, Value value, string transposition)
    {
        string address = SharedAddress(generator, value[0]);
        string result = List(Result(generator, value));
        Append(generator, $"{{ {address} ldmatrix.sync.aligned.m8n8.x4{transposition}.shared.b16 {result}, [%to+{Constant(value[1]) * sizeof(uint)}]; }}");
    }

    private static void Product(PTXCodeGenerator generator, Value value, string shape)
    {
        List<string> sums = Operands(generator, value[0]);
        List<string> left = Operands(generator, value[1]);
        List<string> right = [.. Operands(generator, value[2]), .. Operands(generator, value[3])];
        List<string> results = Result(generator, value);
        for (int block = 0; block < 4; block++)
        {
            Append(
                generator,
                $"mma.sync.aligned.{shape} {List(results.GetRange(4 * block, 4))}, {List(left)}, {List(right.GetRange(2 * block, 2))}, {List(sums.GetRange(4 * block, 4))};");
        }
    }

    private static void Compute(PTXCodeGenerator generator, Value value, string instruction, params ReadOnlySpan<int> operands)
    {
        List<string> names = [];
        foreach (int operand in operands)
            names.AddRange(Operands(generator, value[operand]));
        Append(generator, $"{instruction} {Result(generator, value)[0]}, {string.Join(", ", names)};");
    }

    // Sets %to. Pointers to shared memory that ILGPU knows as such are addresses in it already; others are generic.
    private static string SharedAddress(PTXCodeGenerator generator, Value pointer)
    {
        string register = Operands(generator, pointer)[0];
        return ((AddressSpaceType)pointer.Type).AddressSpace == MemoryAddressSpace.Generic
            ? $".reg .b32 %to; .reg .b64 %to64; cvta.to.shared.u64 %to64, {register}; cvt.u32.u64 %to, %to64;"
            : $".reg .b32 %to; cvt.u32.u64 %to, {register};";
    }

    private static int Constant(Value value) => ((PrimitiveValue)value.Resolve()).Int32Value;

    private static List<string> Operands(PTXCodeGenerator generator, Value value)
    {
        List<string> names = [];
        AddNames(generator, generator.Load(value), names);
        return names;
    }

    private static List<string> Result(PTXCodeGenerator generator, Value value)
    {
        List<string> names = [];
        AddNames(generator, generator.Allocate(value), names);
        return names;
    }

    private static void AddNames(PTXCodeGenerator generator, Registers.Register register, List<string> names)
    {
        if (register is Registers.CompoundRegister compound)
        {
            foreach (Registers.Register child in compound.Children)
                AddNames(generator, child, names);
            return;
        }

        names.Add("%" + PTXRegisterAllocator.GetStringRepresentation(generator.EnsureHardwareRegister((Registers.PrimitiveRegister)register)));
    }

    private static void Append(PTXCodeGenerator generator, string line) => generator.Builder.Append('\t').AppendLine(line);

    private static string List(List<string> registers) => $"{{{string.Join(", ", registers)}}}";
}
