using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace STUNet.Kernels;

/// <summary>The queue of a CUDA device, and the stream that its work is sent to while it is recorded.</summary>
/// <param name="accelerator">The device.</param>
/// <param name="queue">Its queue.</param>
/// <param name="queueLock">Held while something is enqueued.</param>
internal sealed class GpuCudaCaptureTarget(Accelerator accelerator, CudaStream queue, Lock queueLock) : IGpuCaptureTarget, IDisposable
{
    private CudaStream? _recorded;

    /// <summary>Where work is to be enqueued now; read under the lock.</summary>
    public AcceleratorStream Current { get; private set; } = queue;

    public nint Queue => queue.StreamPtr;

    public Lock QueueLock => queueLock;

    public nint BeginRedirection()
    {
        _recorded ??= (CudaStream)accelerator.CreateStream();
        Current = _recorded;
        return _recorded.StreamPtr;
    }

    public void EndRedirection() => Current = queue;

    public void Bind() => accelerator.Bind();

    public void Dispose() => _recorded?.Dispose();
}
