using STUNet.Core;

namespace STUNet.Benchmarks.Gpu;

/// <summary>One comparison with a golden.</summary>
/// <param name="Name">What results call it.</param>
/// <param name="Run">Computes it on a device; gives a sentence for everything that differs.</param>
internal sealed record GoldenCheck(string Name, Func<Device, IReadOnlyList<string>> Run);
