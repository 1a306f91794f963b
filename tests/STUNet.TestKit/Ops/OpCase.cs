using STUNet.Core;

namespace STUNet.TestKit.Ops;

/// <summary>
/// One problem of one op: the same object drives correctness (every kernel of every device against the reference) and the benchmark.
/// </summary>
/// <param name="Op">The op.</param>
/// <param name="Inputs">Logical inputs, without channel padding.</param>
public sealed record OpCase(Op Op, IReadOnlyList<TensorDesc> Inputs)
{
    /// <summary>Indices of the inputs that are parameters: weights, biases, gamma, beta. They may be packed.</summary>
    public IReadOnlyList<int> Parameters { get; init; } = [];

    /// <summary>Values of an input in NCDHW order; uniform in [-1, 1) where this returns null.</summary>
    public Func<int, float[]?> Values { get; init; } = _ => null;

    /// <summary>Number of summands behind one output value; the tolerance grows with it.</summary>
    public int Terms { get; init; } = 1;

    /// <summary>Largest magnitude of one summand; the tolerance is proportional to it.</summary>
    public double Magnitude { get; init; } = 1;

    /// <summary>Roundings of the output that do not scale with <see cref="Magnitude"/>, in units of 2^-24.</summary>
    public double Roundings { get; init; }

    /// <summary>Window, mirroring and accumulator of ops that read or write outside of the plan.</summary>
    public WindowCase? Window { get; init; }

    /// <summary>A benchmark shape: timed by the benchmarks, too large for the tests.</summary>
    public bool IsBenchmark { get; init; }

    /// <summary>The problem string.</summary>
    public string Name => Op.Problem([.. Inputs], Op.InferOutput([.. Inputs])) + (Window is null ? "" : $"_{Window}");

    /// <summary>
    /// Largest allowed distance from the reference (double accumulation, result rounded to float32) for float32 accumulation of
    /// T = <see cref="Terms"/> products of independent uniform values in any order. Products have variance 1 / 9, so among a million outputs the
    /// largest stays below five standard deviations, 5 * sqrt(T) / 3, and the root mean square of the partial sums on the way to it is 1 / sqrt(3)
    /// of that. An addition errs uniformly by up to half an ulp, at most 2^-23 of the partial sum: standard deviation 2^-23 / sqrt(12) of it. Over T
    /// additions that is sqrt(T) * 5 * sqrt(T) / (3 * sqrt(3)) * 2^-23 / sqrt(12) = 0.56 * T * 2^-24. Five of these standard deviations, plus
    /// 4 * 2^-24 for the rounding of the result and of the epilogue, plus <see cref="Roundings"/>.
    /// </summary>
    public double Tolerance => Math.Pow(2, -24) * ((Magnitude * ((2.8 * Terms) + 4)) + Roundings);

    /// <summary><see cref="Tolerance"/>, or for a kernel that transforms its operands what that costs.</summary>
    /// <param name="kernel">A kernel of the op.</param>
    public double ToleranceOf(IKernel kernel) => kernel.IsExact ? Tolerance : WinogradTolerance.Of(kernel, this);

    /// <summary>Deterministic values of an input in NCDHW order.</summary>
    /// <param name="input">Index of the input.</param>
    public float[] ValuesOf(int input) => Values(input) ?? Uniform(Inputs[input].Shape.Count, $"{Name}/{input}");

    /// <summary>Uniform values in [-1, 1) that depend only on the key.</summary>
    /// <param name="count">Number of values.</param>
    /// <param name="key">The key.</param>
    public static float[] Uniform(long count, string key)
    {
        ulong state = 14695981039346656037;
        foreach (char letter in key)
            state = (state ^ letter) * 1099511628211;
        float[] values = new float[count];
        for (long i = 0; i < count; i++)
        {
            ulong z = state + ((ulong)(i + 1) * 0x9E3779B97F4A7C15);
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            z ^= z >> 31;
            values[i] = ((int)(z >> 40) - (1 << 23)) * (1f / (1 << 23));
        }

        return values;
    }
}
