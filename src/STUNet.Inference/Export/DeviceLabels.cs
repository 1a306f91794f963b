using System.Runtime.InteropServices;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Imaging.Preprocessing;
using STUNet.Kernels;

namespace STUNet.Inference;

/// <summary>
/// Labels finished slices where they lie, on the device: divides, interpolates and takes the most probable class by a plan of one op, and brings labels alone to the host, many slices at a time. The device's
/// sibling of <see cref="SliceInterpolator"/> with <see cref="MostProbableClass"/>, in the same order of operations.
/// </summary>
internal sealed unsafe class DeviceLabels : IFinishedSlices, IParallelBody
{
    /// <summary>Bytes of labels that are made and copied together, unless one slice has more: enough that launches and waits do not count.</summary>
    private const int PieceBytes = 32 << 20;

    private const int RowsPerPiece = 16;

    // Blocks of a plan's arena are multiples of it.
    private const int ArenaAlignment = 256;

    private static readonly string[] Tables = ["z", "y", "x"];

    private readonly Device _device;
    private readonly WorkerPool _workers;
    private readonly WindowGrid _grid;
    private readonly AccumulatorRing _sums;
    private readonly AxisSampling _z;
    private readonly LabelTarget _target;
    private readonly Shape _piece;
    private readonly CompiledModel _model;
    private readonly Plan? _plan;
    private readonly CpuMemory? _labels;
    private int _slice;
    private int _made;

    /// <summary>Plans the op and allocates the labels of one piece on both sides.</summary>
    /// <param name="device">The device of the accumulator.</param>
    /// <param name="workers">Host threads.</param>
    /// <param name="grid">The windows.</param>
    /// <param name="sums">The accumulator.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="sampling">How the export grid samples the network's volume, per axis.</param>
    /// <param name="target">Where labels go.</param>
    public DeviceLabels(
        Device device, WorkerPool workers, WindowGrid grid, AccumulatorRing sums, int classes, IReadOnlyList<AxisSampling> sampling, LabelTarget target)
    {
        (_device, _workers, _grid, _sums, _z, _target) = (device, workers, grid, sums, sampling[0], target);
        Tape tape = Record(grid.Volume, [.. sampling.Select(axis => axis.OutputSize)], classes, SlicesOf(sampling, target.BytesPerVoxel));
        _piece = tape.Outputs["labels"].Desc.Shape;
        _model = new CompiledModel(device, new NoParameters());
        try
        {
            _plan = _model.CreatePlan(tape);
            for (int axis = 0; axis < 3; axis++)
            {
                TensorView view = _plan.View(Tables[axis]);
                device.Upload(MemoryMarshal.AsBytes<float>(SamplingTable.Of(sampling[axis])), view.Memory, view.ByteOffset);
            }

            _labels = new CpuMemory(tape.Outputs["labels"].Desc.ByteLength);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Bytes of a piece's labels, on the host and again on the device: at most so many, for a crop box of at most this size.</summary>
    /// <param name="export">Size of the export grid.</param>
    /// <param name="bytesPerVoxel">Bytes of a label.</param>
    public static long MostPieceBytes(Int3 export, int bytesPerVoxel) =>
        Math.Min(export.Product * bytesPerVoxel, Math.Max(PieceBytes, (long)export.H * export.W * bytesPerVoxel));

    /// <summary>Bytes on the device, for a crop box of at most this size.</summary>
    /// <param name="export">Size of the export grid.</param>
    /// <param name="bytesPerVoxel">Bytes of a label.</param>
    public static long DeviceBytes(Int3 export, int bytesPerVoxel)
    {
        long piece = (MostPieceBytes(export, bytesPerVoxel) + ArenaAlignment - 1) / ArenaAlignment * ArenaAlignment;
        return piece + ((long)ResampledArgMaxOp.TableRows * (export.D + export.H + export.W) * sizeof(float));
    }

    /// <summary>Has the device compile the kernel, so that the first case need not wait for that.</summary>
    /// <param name="device">The device.</param>
    /// <param name="classes">Number of classes.</param>
    public static void Compile(Device device, int classes)
    {
        using CompiledModel model = new(device, new NoParameters());
        model.CreatePlan(Record(Int3.One, [1, 1, 1], classes, slices: 1)).Dispose();
    }

    /// <inheritdoc/>
    public void Take(int first, int end, CancellationToken cancellation)
    {
        int finished = Math.Min(end - _grid.Before.D, _grid.Volume.D);
        int endSlice = _slice;
        while (endSlice < _z.OutputSize && _z.Upper[endSlice] < finished)
            endSlice++;
        while (_slice < endSlice)
        {
            cancellation.ThrowIfCancellationRequested();
            _made = Math.Min(_piece.D, endSlice - _slice);
            _plan!.Run(new RunArguments { Accumulator = _sums.Binding, WindowOrigin = _grid.Before, FirstSlice = _slice, SliceCount = _made });
            TensorView labels = _plan.View("labels");
            _device.Download(labels.Memory, labels.ByteOffset, (long)_made * _piece.H * _piece.W * _target.BytesPerVoxel, _labels!);
            _workers.Run(((_made * _piece.H) + RowsPerPiece - 1) / RowsPerPiece, this);
            _slice += _made;
        }
    }

    /// <inheritdoc/>
    public void Execute(int index, int worker)
    {
        int end = Math.Min(_made * _piece.H, (index + 1) * RowsPerPiece);
        for (int row = index * RowsPerPiece; row < end; row++)
        {
            byte* labels = _labels!.Pointer + ((long)row * _piece.W * _target.BytesPerVoxel);
            (int z, int y) = (_slice + (row / _piece.H), row % _piece.H);
            if (_target.BytesPerVoxel == 1)
                _target.WriteRow(z, y, new ReadOnlySpan<byte>(labels, _piece.W));
            else
                _target.WriteRow(z, y, new ReadOnlySpan<ushort>(labels, _piece.W));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _labels?.Dispose();
        _plan?.Dispose();
        _model.Dispose();
    }

    private static Tape Record(Int3 network, int[] export, int classes, int slices)
    {
        Tape tape = new();
        Value[] tables = [.. Tables.Select((name, axis) => tape.Input(name, new TensorDesc(new Shape(1, 1, 1, ResampledArgMaxOp.TableRows, export[axis]))))];
        tape.Output("labels", tape.Apply(new ResampledArgMaxOp(classes, network, slices), "resampled_argmax", tables));
        return tape;
    }

    private static int SlicesOf(IReadOnlyList<AxisSampling> sampling, int bytesPerVoxel)
    {
        long slice = (long)sampling[1].OutputSize * sampling[2].OutputSize * bytesPerVoxel;
        return (int)Math.Clamp(PieceBytes / slice, 1, sampling[0].OutputSize);
    }

    private sealed class NoParameters : IParameterSource
    {
        public void Read(string name, Span<float> destination) => throw new InvalidOperationException($"The plan has no parameter '{name}'.");
    }
}
