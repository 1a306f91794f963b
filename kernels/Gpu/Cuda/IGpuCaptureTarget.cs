namespace STUNet.Kernels;

/// <summary>The queue whose enqueued work a <see cref="GpuCudaGraphRunner"/> records. Tests put their own in the device's place.</summary>
internal interface IGpuCaptureTarget
{
    /// <summary>CUstream of the queue, on which recordings are launched.</summary>
    nint Queue { get; }

    /// <summary>
    /// Held while something is enqueued, and for a whole recording: what another thread enqueues meanwhile must neither be recorded nor be lost.
    /// </summary>
    Lock QueueLock { get; }

    /// <summary>
    /// Has everything that is enqueued go to another stream, made for it, until <see cref="EndRedirection"/>. The queue itself is never recorded: other threads may wait for it at any time, which a
    /// recording stream forbids.
    /// </summary>
    /// <returns>CUstream of the other stream.</returns>
    nint BeginRedirection();

    /// <summary>Has it go to the queue again.</summary>
    void EndRedirection();

    /// <summary>Makes the CUDA context the thread's current one.</summary>
    void Bind();
}
