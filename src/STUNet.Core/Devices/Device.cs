namespace STUNet.Core;

/// <summary>
/// Supplies memory, one queue, and the kernels of each op. Work enqueued on a device runs in order; the CPU runs it inline. Several plans may be
/// run from several threads on one device; their steps interleave.
/// </summary>
public abstract class Device : IDisposable
{
    /// <summary>What kernel choice may depend on.</summary>
    public abstract DeviceCaps Caps { get; }

    /// <summary>Allocates a block aligned for every kernel; the content is unspecified.</summary>
    /// <param name="byteLength">Size in bytes.</param>
    /// <exception cref="InsufficientResourcesException">The device has not that much memory.</exception>
    public abstract DeviceMemory Allocate(long byteLength);

    /// <summary>Copies host bytes to the device, after all work enqueued before; returns when the source may be reused.</summary>
    /// <param name="source">Host bytes.</param>
    /// <param name="target">Block to write.</param>
    /// <param name="byteOffset">First byte to write in it.</param>
    public abstract void Upload(ReadOnlySpan<byte> source, DeviceMemory target, long byteOffset);

    /// <summary>Waits for all enqueued work and copies device bytes to the host.</summary>
    /// <param name="source">Block to read.</param>
    /// <param name="byteOffset">First byte to read in it.</param>
    /// <param name="target">Host bytes.</param>
    public abstract void Download(DeviceMemory source, long byteOffset, Span<byte> target);

    /// <summary>Enqueues setting bytes to one value.</summary>
    /// <param name="target">Block to write.</param>
    /// <param name="byteOffset">First byte.</param>
    /// <param name="byteLength">Number of bytes.</param>
    /// <param name="value">The value; 0 clears floats, 255 makes every float a NaN.</param>
    public abstract void Fill(DeviceMemory target, long byteOffset, long byteLength, byte value);

    /// <summary>
    /// Told after every step of a plan that is bound, on the thread that binds: on a GPU a kernel that is used for the first time is translated and compiled then, which takes up to seconds. An exception from it, such as of a
    /// cancellation, ends the binding. Null for nobody.
    /// </summary>
    public IProgress<BindingProgress>? Binding { get; set; }

    /// <summary>The kernels of an op on this device, in order of preference; the first that supports the operands is taken.</summary>
    /// <param name="op">The op.</param>
    public abstract IReadOnlyList<IKernel> KernelsFor(Op op);

    /// <summary>How much memory there is; null where the system shares out as much as is asked for, as on the CPU.</summary>
    public virtual DeviceRoom? Room => null;

    /// <summary>Measures the steps of a plan by the best clock that the device has.</summary>
    /// <param name="steps">Number of steps.</param>
    public virtual StepTimer CreateStepTimer(int steps) => new HostStepTimer(this, steps);

    /// <summary>The kernel to take instead of the one that was predicted to be the fastest; the same unless the device knows better by measuring.</summary>
    /// <param name="predicted">The cheapest by prediction.</param>
    /// <param name="candidates">All that support the problem and were not excluded; the device may take those of the same <see cref="IKernel.TileFamily"/>.</param>
    /// <param name="op">The op.</param>
    /// <param name="operands">Inputs, then output.</param>
    /// <param name="problem">The problem string of the op with these operands.</param>
    public virtual IKernel Tuned(IKernel predicted, IReadOnlyList<IKernel> candidates, Op op, TensorDesc[] operands, string problem) => predicted;

    /// <summary>Runs the steps of a plan in the way that costs this device's host least.</summary>
    /// <param name="steps">Steps bound to this device, in order.</param>
    public virtual StepRunner CreateRunner(IReadOnlyList<Step> steps) => new(steps);

    /// <summary>Waits until all enqueued work is done.</summary>
    public abstract void Synchronize();

    /// <summary>Releases the device.</summary>
    public abstract void Dispose();

    /// <summary>A description as plans store it here: channels-last tensors get this device's channel padding.</summary>
    /// <param name="desc">A description without padding.</param>
    public TensorDesc Padded(TensorDesc desc)
    {
        int channels = desc.Shape.C;
        int alignment = Caps.ChannelAlignment;
        // A few image channels stay dense: padding them would multiply the memory of the input for nothing.
        if (desc.Layout != Layout.NDHWC || channels < 4 || alignment == 1)
            return desc;
        int unit = channels <= alignment / 2 ? alignment / 2 : alignment;
        return desc with { ChannelPitch = (channels + unit - 1) / unit * unit };
    }
}
