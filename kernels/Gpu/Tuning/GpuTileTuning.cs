using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Chooses among tiles by measured time. Every tile of a family gives the same bits, needs the same scratch and reads the same packed weights, so nothing but the time depends on the choice. Not
/// thread-safe.
/// </summary>
/// <param name="cache">What is known already.</param>
/// <param name="measures">Whether what is not known is measured and kept; otherwise the prediction stands.</param>
public sealed class GpuTileTuning(GpuTileCache cache, bool measures)
{
    /// <summary>For tests: milliseconds of a kernel, instead of running it.</summary>
    internal Func<IKernel, double>? Clock { get; init; }

    /// <summary>The fastest kernel of the predicted one's family.</summary>
    /// <param name="device">The device.</param>
    /// <param name="predicted">The cheapest by prediction.</param>
    /// <param name="candidates">Kernels that support the problem.</param>
    /// <param name="op">The op.</param>
    /// <param name="operands">Inputs, then output.</param>
    /// <param name="problem">The problem string.</param>
    public IKernel Choose(GpuDevice device, IKernel predicted, IReadOnlyList<IKernel> candidates, Op op, TensorDesc[] operands, string problem)
    {
        IKernel[] family = predicted.TileFamily.Length == 0 ? [] : [.. candidates.Where(kernel => kernel.TileFamily == predicted.TileFamily)];
        if (family.Length < 2)
            return predicted;
        string name = $"{device.Info.Name}, {device.Info.Driver}";
        string key = $"{predicted.TileFamily} {problem}";
        if (cache.Find(name, key) is { } known && family.FirstOrDefault(kernel => kernel.Name == known) is { } fastest)
            return fastest;
        if (!measures)
            return predicted;
        try
        {
            fastest = family.MinBy(kernel => Clock?.Invoke(kernel) ?? GpuTileClock.Milliseconds(device, kernel, op, operands))!;
        }
        catch (InsufficientResourcesException)
        {
            // What does not fit into memory a second time is not measured.
            return predicted;
        }

        cache.Keep(name, key, fastest.Name);
        return fastest;
    }
}
