using System.Runtime.InteropServices;
using STUNet.Core;

namespace STUNet.TestKit.Ops;

/// <summary>
/// Binds one kernel to one case on a device, without an engine: uploads the inputs (channel padding filled with NaN, so that a kernel that lets
/// padding leak is found), packs parameters, runs, and reads the result back in NCDHW order.
/// </summary>
public sealed class KernelHarness : IDisposable
{
    private const int GuardBytes = 256;
    private const byte GuardPattern = 0xA5;
    private const float LearningRate = 0.01f;
    private const int OptimiserStep = 3;
    private const float LossScale = 4;

    private readonly Device _device;
    private readonly OpCase _case;
    private readonly RunContext _context = new();
    private readonly List<DeviceMemory> _memory = [];
    private readonly List<(DeviceMemory Memory, long End)> _guarded = [];
    private readonly int _made;
    private readonly TensorView[] _views;
    private readonly Step _step;

    /// <summary>Whether a kernel is a plain reference.</summary>
    public static bool IsReference(IKernel kernel) => kernel.Name.EndsWith("Reference", StringComparison.Ordinal);

    /// <summary>Uploads the inputs and binds the kernel.</summary>
    /// <param name="device">The device.</param>
    /// <param name="kernel">One of the device's kernels of the case's op.</param>
    /// <param name="case">The case.</param>
    /// <param name="isInPlace">Whether the output takes the memory of the kernel's <see cref="IKernel.InPlaceInput"/>.</param>
    public KernelHarness(Device device, IKernel kernel, OpCase @case, bool isInPlace = false)
    {
        _device = device;
        _case = @case;
        TensorDesc[] operands = OperandsOf(device, @case);
        TensorView[] views = new TensorView[operands.Length];
        _made = operands.Length - @case.Inputs.Count;
        for (int i = 0; i < operands.Length; i++)
        {
            views[i] = new TensorView(Allocate(operands[i].ByteLength), 0, operands[i]);
            device.Fill(views[i].Memory, 0, operands[i].ByteLength, 255);
            if (i >= @case.Inputs.Count)
                continue;
            UploadValues(views[i], @case.ValuesOf(i));
            if (@case.Parameters.Contains(i) && kernel.PackingOf(@case.Op, operands, i) is { } packing)
                views[i] = Pack(packing, views[i]);
        }

        if (isInPlace)
            views[^1] = views[kernel.InPlaceInput];
        _views = views;
        long scratch = kernel.WorkspaceBytes(@case.Op, operands, device);
        DeviceMemory workspace = Allocate(scratch);
        device.Fill(workspace, 0, scratch, 255);
        if (@case.Window is { } window)
            BindWindow(window);
        _context.Arguments.LearningRate = LearningRate;
        _context.Arguments.OptimiserStep = OptimiserStep;
        _context.Arguments.LossScale = LossScale;
        _step = kernel.Bind(@case.Op, views, new MemorySpan(workspace, 0, scratch), device);
    }

    /// <summary>The kernels of a device that support a case, the one that a plan takes first.</summary>
    /// <param name="device">The device.</param>
    /// <param name="case">The case.</param>
    public static IEnumerable<IKernel> KernelsFor(Device device, OpCase @case)
    {
        TensorDesc[] operands = OperandsOf(device, @case);
        return device.KernelsFor(@case.Op)
            .Where(kernel => kernel.Supports(@case.Op, operands, device.Caps))
            .OrderBy(kernel => kernel.Cost(@case.Op, operands));
    }

    /// <summary>Runs the kernel and waits for it.</summary>
    public void Run()
    {
        Enqueue();
        _device.Synchronize();
    }

    /// <summary>Whether the bound kernel takes something from the arguments of a run.</summary>
    public bool DependsOnRun => _step.DependsOnRun;

    /// <summary>Enqueues the kernel once more, for clocks that measure on the device.</summary>
    public void Enqueue() => _step.Run(_context);

    /// <summary>Checks the guard behind every block.</summary>
    /// <exception cref="InvalidOperationException">The kernel, or its packing, wrote past the end of a block.</exception>
    public void CheckGuards()
    {
        Span<byte> found = stackalloc byte[GuardBytes];
        foreach ((DeviceMemory memory, long end) in _guarded)
        {
            _device.Download(memory, end, found);
            if (found.ContainsAnyExcept(GuardPattern))
                throw new InvalidOperationException($"{_case.Name}: a write past the end of a block of {end} bytes.");
        }
    }

    /// <summary>
    /// The output in NCDHW order, the side output after it; for ops that change inputs in place those; for ops that write outside of the plan the
    /// whole accumulator as it lies in memory.
    /// </summary>
    public float[] Read()
    {
        if (_case.Op.WrittenInputs.Count > 0)
            return [.. _case.Op.WrittenInputs.SelectMany(input => ReadView(_views[input]))];
        if (_case.Op.HasSideEffect)
        {
            VolumeBinding accumulator = _context.Arguments.Accumulator;
            float[] sums = new float[accumulator.ByteLength / sizeof(float)];
            _device.Download(accumulator.Memory, 0, MemoryMarshal.AsBytes(sums.AsSpan()));
            return sums;
        }

        return [.. _views.Skip(_views.Length - _made).Reverse().SelectMany(ReadView)];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (DeviceMemory memory in _memory)
            memory.Dispose();
    }

    /// <summary>What a kernel of the case's op gets: inputs, side output if any, output, as plans store them.</summary>
    /// <param name="device">The device.</param>
    /// <param name="case">The case.</param>
    public static TensorDesc[] OperandsOf(Device device, OpCase @case)
    {
        TensorDesc[] inputs = [.. @case.Inputs];
        TensorDesc?[] made = [@case.Op.InferSideOutput(inputs), @case.Op.InferOutput(inputs)];
        return [.. inputs.Concat(made.OfType<TensorDesc>()).Select(device.Padded)];
    }

    private float[] ReadView(TensorView view)
    {
        byte[] bytes = new byte[view.Desc.ByteLength];
        _device.Download(view.Memory, 0, bytes);
        return TensorLayout.ToDense(view.Desc, bytes);
    }

    private DeviceMemory Allocate(long byteLength)
    {
        DeviceMemory memory = _device.Allocate(byteLength + GuardBytes);
        _memory.Add(memory);
        _guarded.Add((memory, byteLength));
        _device.Fill(memory, byteLength, GuardBytes, GuardPattern);
        return memory;
    }

    private void UploadValues(TensorView view, float[] values) =>
        _device.Upload(TensorLayout.FromDense(view.Desc, values), view.Memory, view.ByteOffset);

    private TensorView Pack(Packing packing, TensorView source)
    {
        TensorView packed = source with { Memory = Allocate(packing.ByteLength) };
        _device.Fill(packed.Memory, 0, packing.ByteLength, 255);
        packing.Bind(source, packed, _device).Run(_context);
        _device.Synchronize();
        return packed;
    }

    private void BindWindow(WindowCase window)
    {
        ref RunArguments arguments = ref _context.Arguments;
        arguments.WindowOrigin = window.Origin;
        arguments.Flip = window.Flip;
        arguments.Weight = window.Weight;
        (arguments.FirstSlice, arguments.SliceCount) = (window.FirstSlice, window.SliceCount);
        arguments.Source = BindVolume(window.Channels, window.Volume, "source");
        arguments.Accumulator = BindVolume(window.Channels, window.Volume with { D = window.RingDepth }, "accumulator", window.Sums?.Invoke());
    }

    private VolumeBinding BindVolume(int channels, Int3 size, string key, float[]? values = null)
    {
        VolumeBinding volume = new(Allocate(channels * size.Product * sizeof(float)), 0, channels, size);
        _device.Upload(MemoryMarshal.AsBytes<float>(values ?? OpCase.Uniform(channels * size.Product, _case.Name + key)), volume.Memory, 0);
        return volume;
    }
}
