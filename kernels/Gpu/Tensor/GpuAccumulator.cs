namespace STUNet.Kernels;

/// <summary>
/// One thread's part of a 16 x 8 block of float32 sums. Of thread t of the warp: A and B are row t / 4, columns 2 * (t % 4) and the next; C and D the same
/// columns 8 rows further down.
/// </summary>
internal struct GpuAccumulator
{
    public float A;
    public float B;
    public float C;
    public float D;
}
