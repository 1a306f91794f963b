using System.Reflection;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;
using STUNet.Kernels;
using STUNet.TestKit;

namespace STUNet.Tests.Gpu;

/// <summary>Translated kernels on disk: the same text whatever was translated before it, the same kernel when it comes back, and nothing that is damaged.</summary>
public sealed class GpuKernelCacheTests
{
    private const string Made = "programs sm_90 kernel";

    private static readonly GpuCachedKernel Kernel = new("// text\n.version 8.0\n\nret;\n", 4096);

    [Fact]
    public void Find_WhatWasKept_ComesBackForItsMakingAlone()
    {
        using TemporaryFolder folder = new();
        string path = folder["kernels"];
        Assert.Null(Open(path).Find(Made));
        Open(path).Keep(Made, Kernel);
        Assert.Equal(Kernel, Open(path).Find(Made));
        Assert.Null(Open(path).Find("other programs sm_90 kernel"));
        Assert.Single(Directory.GetFiles(path));
    }

    /// <summary>Each byte of the file changed by itself, and the file cut at each place.</summary>
    [Fact]
    public void Find_DamagedAnywhere_IsNothing()
    {
        using TemporaryFolder folder = new();
        GpuKernelCache cache = Open(folder["kernels"]);
        cache.Keep(Made, Kernel);
        string file = Directory.GetFiles(folder["kernels"]).Single();
        byte[] bytes = File.ReadAllBytes(file);
        for (int at = 0; at < bytes.Length; at++)
        {
            byte[] damaged = [.. bytes];
            damaged[at] ^= 1;
            File.WriteAllBytes(file, damaged);
            Assert.Null(cache.Find(Made));
            File.WriteAllBytes(file, bytes[..at]);
            Assert.Null(cache.Find(Made));
        }

        cache.Keep(Made, Kernel);
        Assert.Equal(Kernel, cache.Find(Made));
    }

    [Fact]
    public void Keep_InWhatIsNoFolder_IsToldOnce()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["file"], "");
        List<string> warnings = [];
        GpuKernelCache cache = new(Path.Combine(folder["file"], "kernels"), warnings.Add);
        cache.Keep(Made, Kernel);
        cache.Keep(Made, Kernel);
        Assert.Contains(GpuKernelCache.Variable, Assert.Single(warnings), StringComparison.Ordinal);
        Assert.Null(cache.Find(Made));
    }

    [Fact]
    public void Find_OfAnOldFileThatCannotBeTouched_ComesBack()
    {
        using TemporaryFolder folder = new();
        Open(folder["kernels"]).Keep(Made, Kernel);
        string file = Directory.GetFiles(folder["kernels"]).Single();
        File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddDays(-10));
        Assert.Equal(Kernel, new GpuKernelCache(folder["kernels"], Assert.Fail) { Touch = _ => throw new UnauthorizedAccessException() }.Find(Made));
    }

    [Fact]
    public void Remove_WhatWasKept_IsGone()
    {
        using TemporaryFolder folder = new();
        GpuKernelCache cache = Open(folder["kernels"]);
        cache.Keep(Made, Kernel);
        cache.Remove(Made);
        cache.Remove(Made);
        Assert.Null(cache.Find(Made));
    }

    [Fact]
    public void Keep_BesideOldFiles_RemovesThoseThatNobodyReads()
    {
        using TemporaryFolder folder = new();
        string path = folder["kernels"];
        Open(path).Keep("unused", Kernel);
        Open(path).Keep("used", Kernel);
        File.WriteAllText(Path.Combine(path, "other.ptx"), "somebody's");
        File.WriteAllText(Path.Combine(path, "killed.stunet-kernel.1-2.partial"), "half of one");
        foreach (string file in Directory.GetFiles(path))
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddDays(-100));
        Assert.NotNull(Open(path).Find("used"));
        Open(path).Keep(Made, Kernel);
        Assert.Equal((null, Kernel, Kernel), (Open(path).Find("unused"), Open(path).Find("used"), Open(path).Find(Made)));
        Assert.Equal(["other.ptx"], Directory.GetFiles(path).Select(Path.GetFileName).Where(name => !name!.EndsWith(".stunet-kernel", StringComparison.Ordinal)));
    }

    /// <summary>A body's text alone and behind others, of all bodies among the long tests: drivers keep what they compile by its text.</summary>
    [Fact]
    public void Compile_BehindOtherBodies_IsTheSameText()
    {
        MethodInfo[] bodies = LongTests.Enabled ? [.. GpuKernelTable.Bodies] : Some();
        using GpuPtxCompiler compiler = new();
        Dictionary<MethodInfo, string> forwards = bodies.ToDictionary(body => body, body => compiler.Compile(body, CudaArchitecture.SM_90));
        using GpuPtxCompiler other = new();
        foreach (MethodInfo body in bodies.Reverse())
            Assert.Equal(forwards[body], other.Compile(body, CudaArchitecture.SM_90));
    }

    [Fact]
    public void Renumbered_NamesOfOneNumber_StayOneNameAndTargetsStay() =>
        Assert.Equal(".target sm_80 a_n0(b_n1) a_n0 %r12 L_n2: sm_n3", GpuPtxText.Renumbered(".target sm_80 a_4711(b_13) a_4711 %r12 L_7: sm_n3"));

    /// <summary>All that ILGPU loads and launches by: name, text, parameters, index, shared memory.</summary>
    [Fact]
    public void FromCache_OfAFreshTranslation_IsTheSameKernel()
    {
        using Context context = GpuKernelLoader.CreateContext();
        using PTXBackend backend = new(context, new CudaCapabilityContext(CudaArchitecture.SM_90), CudaArchitecture.SM_90, CudaInstructionSet.ISA_80, null);
        using TemporaryFolder folder = new();
        foreach (MethodInfo body in Some())
        {
            GpuKernelLoader.Forget(context, backend);
            PTXCompiledKernel compiled = GpuPtxKernels.Renumbered((PTXCompiledKernel)backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(body), default));
            string made = GpuPtxKernels.MadeOf(body, CudaArchitecture.SM_90, CudaInstructionSet.ISA_80);
            Open(folder["kernels"]).Keep(made, GpuPtxKernels.ToCache(compiled));
            PTXCompiledKernel cached = GpuPtxKernels.FromCache(context, body, Open(folder["kernels"]).Find(made)!);
            Assert.Equal((compiled.Name, compiled.PTXAssembly, compiled.SourceMethod, compiled.IndexType, compiled.NumParameters, compiled.Specialization),
                (cached.Name, cached.PTXAssembly, cached.SourceMethod, cached.IndexType, cached.NumParameters, cached.Specialization));
            Assert.Contains($".entry {cached.Name}(", cached.PTXAssembly, StringComparison.Ordinal);
            (EntryPoint fresh, EntryPoint kept) = (GpuKernelLoader.EntryPointOf(compiled), GpuKernelLoader.EntryPointOf(cached));
            foreach (PropertyInfo property in typeof(EntryPoint).GetProperties().Where(property => property.Name is not (nameof(EntryPoint.Description) or nameof(EntryPoint.Parameters))))
                Assert.Equal(property.GetValue(fresh), property.GetValue(kept));
            Assert.Equal(TypesOf(fresh), TypesOf(kept));
        }

        Assert.Equal(Some().Length, Directory.GetFiles(folder["kernels"]).Length);

        static IEnumerable<Type> TypesOf(EntryPoint entry) => Enumerable.Range(0, entry.Parameters.Count).Select(parameter => entry.Parameters[parameter]);
    }

    // With shared memory and without, generic and not; two that differ by a type alone.
    private static MethodInfo[] Some() =>
    [
        .. GpuKernelTable.Bodies.Where(body => GpuKernelLoader.NameOf(body) is var name
            && (name.StartsWith("SliceChannels", StringComparison.Ordinal) || name.StartsWith("SegmentationLossSums", StringComparison.Ordinal) || name.StartsWith("GlobalNorm", StringComparison.Ordinal)
                || name.StartsWith("HeadAccumulateTensor", StringComparison.Ordinal)
                || name.StartsWith("Conv3dTensorGpuBody.Convolve(GpuBlockTile64x64, GpuWarpTile32x32, GpuElementF16", StringComparison.Ordinal))),
    ];

    private static GpuKernelCache Open(string folder) => new(folder, Assert.Fail);
}
