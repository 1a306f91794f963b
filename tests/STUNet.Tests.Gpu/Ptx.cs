using System.Collections.Concurrent;
using System.Reflection;
using ILGPU.Runtime.Cuda;
using STUNet.Kernels;

namespace STUNet.Tests.Gpu;

/// <summary>Kernel bodies as PTX, which needs no GPU.</summary>
internal static class Ptx
{
    private static readonly ConcurrentDictionary<(MethodInfo Body, CudaArchitecture Architecture), string> Compiled = [];

    private static readonly Lazy<GpuPtxCompiler> Compiler = new(() => new GpuPtxCompiler());

    /// <summary>The architectures that tests look at: ILGPU writes the same text for compute capability 9.0 as for 8.0 (<see cref="GpuPtxTests"/>), so that both are for long tests.</summary>
    public static CudaArchitecture[] Architectures { get; } = LongTests.Enabled ? [CudaArchitecture.SM_80, CudaArchitecture.SM_90] : [CudaArchitecture.SM_90];

    /// <summary>The text of a body.</summary>
    public static string Compile(MethodInfo body, CudaArchitecture architecture) => Compiled.GetOrAdd((body, architecture), key =>
    {
        lock (Compiled)
            return Compiler.Value.Compile(key.Body, key.Architecture);
    });

    /// <summary>How often an instruction stands in a text.</summary>
    public static int Count(string ptx, string instruction) => ptx.Split(instruction).Length - 1;
}
