using System.Reflection;
using ILGPU.Runtime.Cuda;
using STUNet.Core;
using Device = STUNet.Core.Device;

namespace STUNet.Kernels;

/// <summary>A GPU that is not there: plans are made as for it, with the same kernels, but it has no memory and runs nothing.</summary>
public sealed class GpuPlanningDevice : Device
{
    /// <inheritdoc/>
    public override DeviceCaps Caps { get; } = new("cuda (planned for compute capability 9.0)", SimdLevel.Portable, ChannelAlignment: 8) { HasGroupMemory = true };

    /// <inheritdoc/>
    public override DeviceMemory Allocate(long byteLength) => throw Refusal();

    /// <inheritdoc/>
    public override void Upload(ReadOnlySpan<byte> source, DeviceMemory target, long byteOffset) => throw Refusal();

    /// <inheritdoc/>
    public override void Download(DeviceMemory source, long byteOffset, Span<byte> target) => throw Refusal();

    /// <inheritdoc/>
    public override void Fill(DeviceMemory target, long byteOffset, long byteLength, byte value) => throw Refusal();

    /// <inheritdoc/>
    public override IReadOnlyList<IKernel> KernelsFor(Op op) => GpuKernelTable.KernelsOf(op.GetType());

    /// <inheritdoc/>
    public override void Synchronize()
    {
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
    }

    /// <summary>Compiles everything the named kernels launch, for compute capability 9.0.</summary>
    /// <param name="kernels">Names of kernels, as a plan's report gives them.</param>
    /// <param name="cancellation">Stops between two bodies.</param>
    /// <returns>The number of kernel bodies.</returns>
    public static int Compile(IReadOnlyCollection<string> kernels, CancellationToken cancellation = default) =>
        Texts(GpuKernelTable.All.Where(kernel => kernels.Contains(kernel.Name)).SelectMany(kernel => kernel.Bodies).Distinct(), cancellation).Count();

    /// <summary>Everything that any kernel launches as PTX for compute capability 9.0, one after the other.</summary>
    /// <param name="part">Names of bodies contain this, whatever the case; all if empty.</param>
    /// <param name="cancellation">Stops between two bodies.</param>
    public static IEnumerable<GpuKernelText> Texts(string part = "", CancellationToken cancellation = default) =>
        Texts(GpuKernelTable.Bodies.Where(body => GpuKernelLoader.NameOf(body).Contains(part, StringComparison.OrdinalIgnoreCase)), cancellation);

    private static IEnumerable<GpuKernelText> Texts(IEnumerable<MethodInfo> bodies, CancellationToken cancellation)
    {
        using GpuPtxCompiler compiler = new();
        foreach (MethodInfo body in bodies)
        {
            cancellation.ThrowIfCancellationRequested();
            yield return new GpuKernelText(GpuKernelLoader.NameOf(body), compiler.Compile(body, CudaArchitecture.SM_90));
        }
    }

    private static InvalidRequestException Refusal() => new("A planned GPU runs nothing; leave out --plan-only, on a machine that has one.");
}
