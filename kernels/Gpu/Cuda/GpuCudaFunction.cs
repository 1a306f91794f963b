namespace STUNet.Kernels;

/// <summary>A loaded kernel as the CUDA driver sees it.</summary>
/// <param name="calls">The driver.</param>
/// <param name="function">CUfunction.</param>
internal sealed class GpuCudaFunction(GpuCudaCalls calls, nint function)
{
    private const int SharedSizeBytes = 1; // CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES
    private const int LocalSizeBytes = 3; // CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES
    private const int NumRegs = 4; // CU_FUNC_ATTRIBUTE_NUM_REGS
    private const int MaxDynamicSharedSizeBytes = 8; // CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES

    /// <summary>Registers of a thread.</summary>
    public int Registers => calls.FunctionAttribute(NumRegs, function);

    /// <summary>Bytes of local memory of a thread: what the driver's compiler spilled.</summary>
    public int SpilledBytes => calls.FunctionAttribute(LocalSizeBytes, function);

    /// <summary>Bytes of shared memory that the kernel declares.</summary>
    public int SharedBytes => calls.FunctionAttribute(SharedSizeBytes, function);

    /// <summary>
    /// Lets launches take all of a group's shared memory. Without it a launch gets 48 KiB at most. It is a permission: a launch that takes less
    /// runs as before.
    /// </summary>
    /// <param name="groupBytes">The most that a group may have on the device.</param>
    public void AllowSharedMemory(int groupBytes) => calls.SetFunctionAttribute(function, MaxDynamicSharedSizeBytes, groupBytes - SharedBytes);

    /// <summary>Enqueues the function. Its one parameter is a structure, in PTX <c>.param .align 8 .b8 arguments[BYTES]</c>, which is copied before this returns.</summary>
    /// <param name="stream">CUstream.</param>
    /// <param name="groups">Groups, along x.</param>
    /// <param name="threads">Threads of a group, along x.</param>
    /// <param name="sharedBytes">Dynamic shared memory of a group; above 48 KiB after <see cref="AllowSharedMemory"/>.</param>
    /// <param name="arguments">The structure.</param>
    public unsafe void Launch<TArguments>(nint stream, int groups, int threads, int sharedBytes, TArguments arguments)
        where TArguments : unmanaged => calls.LaunchKernel(function, groups, threads, sharedBytes, stream, (nint)(&arguments));
}
