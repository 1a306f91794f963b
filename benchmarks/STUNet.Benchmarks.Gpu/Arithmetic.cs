using STUNet.Core;
using STUNet.Engine;

namespace STUNet.Benchmarks.Gpu;

/// <summary>The numbers that a plan computes with.</summary>
/// <param name="Name">What results call it.</param>
/// <param name="Activations">Element type of activations and weights in memory.</param>
/// <param name="Options">How to plan.</param>
internal sealed record Arithmetic(string Name, DType Activations, PlanOptions Options)
{
    /// <summary>Every kind, the fastest first: where time runs out the last are left out.</summary>
    public static IReadOnlyList<Arithmetic> All { get; } =
    [
        new("f16", DType.F16, new PlanOptions()),
        new("bf16", DType.BF16, new PlanOptions()),
        new("tf32", DType.F32, new PlanOptions { TensorFloat32 = true }),
        new("f32", DType.F32, new PlanOptions { Exact = true }),
    ];
}
