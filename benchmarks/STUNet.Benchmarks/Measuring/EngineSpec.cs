namespace STUNet.Benchmarks.Measuring;

/// <summary>How to start an engine's process.</summary>
/// <param name="Name">ours, onnxruntime or libtorch.</param>
/// <param name="Assembly">The program, a .NET assembly.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Environment">Environment variables of the process.</param>
internal sealed record EngineSpec(string Name, string Assembly, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment)
{
    /// <summary>Name of this repository's engine.</summary>
    public const string Ours = "ours";

    /// <summary>Name of ONNX Runtime.</summary>
    public const string OnnxRuntime = "onnxruntime";

    /// <summary>Name of PyTorch's C++ library.</summary>
    public const string Libtorch = "libtorch";

    /// <summary>An engine of this program.</summary>
    /// <param name="name">Name in the report.</param>
    /// <param name="engine">Name that <see cref="Engines.EngineCommand"/> knows, and what follows it.</param>
    /// <param name="simd">Highest vector instructions of the process; null for all.</param>
    public static EngineSpec Of(string name, string engine, string? simd = null) =>
        new(name, typeof(EngineSpec).Assembly.Location, ["engine", .. engine.Split(' ')], simd is null ? new Dictionary<string, string>() : SimdCap.VariablesOf(simd));
}
