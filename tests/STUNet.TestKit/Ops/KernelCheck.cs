using STUNet.Core;

namespace STUNet.TestKit.Ops;

/// <summary>Distance of a kernel's result from the reference's.</summary>
public static class KernelCheck
{
    /// <summary>The result of a case's last kernel, the reference.</summary>
    /// <param name="device">A CPU device.</param>
    /// <param name="case">The case.</param>
    public static float[] Expected(Device device, OpCase @case) => Compute(device, KernelHarness.KernelsFor(device, @case).Last(), @case);

    /// <summary>The result of one kernel.</summary>
    /// <param name="device">The device.</param>
    /// <param name="kernel">The kernel.</param>
    /// <param name="case">The case.</param>
    /// <param name="isInPlace">Whether the output takes the memory of the kernel's <see cref="IKernel.InPlaceInput"/>.</param>
    public static float[] Compute(Device device, IKernel kernel, OpCase @case, bool isInPlace = false)
    {
        using KernelHarness harness = new(device, kernel, @case, isInPlace);
        harness.Run();
        harness.CheckGuards();
        return harness.Read();
    }

    /// <summary>Largest absolute difference; infinity where only one of two is NaN.</summary>
    /// <param name="expected">Reference values.</param>
    /// <param name="actual">Values of the kernel.</param>
    public static double MaxError(float[] expected, float[] actual)
    {
        if (expected.Length != actual.Length)
            return double.PositiveInfinity;
        double worst = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double error = expected[i].Equals(actual[i]) ? 0 : Math.Abs((double)expected[i] - actual[i]);
            worst = double.IsNaN(error) ? double.PositiveInfinity : Math.Max(worst, error);
        }

        return worst;
    }
}
