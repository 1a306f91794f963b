namespace STUNet.TestKit;

/// <summary>Managed bytes that repeated work allocates, on all threads.</summary>
public static class AllocationProbe
{
    private const int Attempts = 5;
    private const int Runs = 100;

    /// <summary>
    /// Bytes of a hundred runs. The counter is the whole process's: what a test runner allocates meanwhile only adds, so the least of five attempts counts.
    /// </summary>
    /// <param name="run">The work, warmed up.</param>
    public static long BytesOf(Action run)
    {
        long least = long.MaxValue;
        for (int attempt = 0; attempt < Attempts && least > 0; attempt++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            for (int i = 0; i < Runs; i++)
                run();
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        return least;
    }
}
