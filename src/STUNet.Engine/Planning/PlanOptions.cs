using STUNet.Core;

namespace STUNet.Engine;

/// <summary>How a recording is planned.</summary>
public sealed record PlanOptions
{
    /// <summary>The rewrites to apply, in order; all by default, none for the plain plan they are tested against.</summary>
    public IReadOnlyList<Rewrite> Rewrites { get; init; } = Rewrite.All;

    /// <summary>What the backward pass computes anew to save memory.</summary>
    public Recompute Recompute { get; init; } = Recompute.Cheap;

    /// <summary>Gives every value memory of its own, so that each can be read after a run. Same kernels, same code, more memory.</summary>
    public bool KeepAll { get; init; }

    /// <summary>Puts guard bytes behind every block and checks them after every run; for tests.</summary>
    public bool Canaries { get; init; }

    /// <summary>Fills the arena with NaN before every run, so that reading what was not written shows; for tests.</summary>
    public bool PoisonWithNaN { get; init; }

    /// <summary>Times every step, by the best clock that the device has (<see cref="Device.CreateStepTimer"/>).</summary>
    public bool Profile { get; init; }

    /// <summary>Lets the device replay what it recorded of earlier runs (CUDA graphs) instead of launching every step anew; never where steps are watched one by one. The results are the same.</summary>
    public bool Replay { get; init; } = true;

    /// <summary>Leaves out kernels that gain speed by algebra that rounds differently from the plain sum, such as Winograd's convolution, or by rounding operands.</summary>
    public bool Exact { get; init; }

    /// <summary>
    /// Takes tensor-core kernels for float32 operands wherever there is one, which round each to the 10 bits of mantissa of TF32 before they multiply; sums stay float32. What PyTorch does in
    /// convolutions unless told otherwise. On GPUs; elsewhere no kernel is one. With <see cref="Exact"/> none is taken.
    /// </summary>
    public bool TensorFloat32 { get; init; }

    /// <summary>The same for a precision: TF32 asks for kernels that round, the others leave that as it is.</summary>
    /// <param name="precision">What the network computes with.</param>
    public PlanOptions For(Precision precision) => precision == Precision.TF32 ? this with { TensorFloat32 = true } : this;

    /// <summary>Kernels to take wherever one of them supports an op, instead of the cheapest by prediction; null for none.</summary>
    public Func<IKernel, bool>? PreferredKernels { get; init; }

    /// <summary>Restricts the kernels to choose from, for tests and comparisons; null for all.</summary>
    public Func<IKernel, bool>? KernelFilter { get; init; }
}
