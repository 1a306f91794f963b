using ILGPU.Backends.OpenCL;
using ILGPU.IR;

namespace STUNet.Kernels;

/// <summary>Those of <see cref="GpuTensorCore"/> that OpenCL C has a function for, written by ILGPU's generator; the others have a <see cref="GpuTensorCoreTwin"/>.</summary>
internal static class GpuTensorCoreOpenCl
{
    public static void MultiplyAdd(CLBackend backend, CLCodeGenerator generator, Value value)
    {
        using CLCodeGenerator.StatementEmitter statement = generator.BeginStatement(generator.Allocate(value));
        statement.AppendCommand("fma");
        statement.BeginArguments();
        for (int i = 0; i < 3; i++)
            statement.AppendArgument(generator.Load(value[i]));
        statement.EndArguments();
    }
}
