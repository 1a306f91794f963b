namespace STUNet.Kernels;

/// <summary>
/// One thread's part of what <see cref="GpuTensorCore.LoadMatrices"/> reads: a word of each of four matrices of 8 rows by 16 bytes. Of matrix j, thread t
/// of the warp holds word t % 4 of row t / 4. Either 16 rows by 32 bytes of the left operand, or two of the right operand's 8 columns.
/// </summary>
internal struct GpuFragment
{
    public uint A;
    public uint B;
    public uint C;
    public uint D;
}
