using System.Runtime.CompilerServices;
using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="ResampledArgMaxGpuBody"/> is told. Both label views are the same memory; <see cref="Wide"/> tells which one to write.</summary>
internal struct ResampledArgMaxArguments
{
    /// <summary>The accumulator ring; its origin is the network volume's first voxel.</summary>
    public GpuWindow Sums;

    public GpuSamplingTable Z;
    public GpuSamplingTable Y;
    public GpuSamplingTable X;
    public ArrayView<byte> Labels8;
    public ArrayView<ushort> Labels16;
    public int Wide;
    public int Classes;

    /// <summary>Slices of the export grid that the run asks for.</summary>
    public int FirstSlice;
    public int SliceCount;

    /// <summary>Rows of the export grid.</summary>
    public int Rows;

    /// <summary>Tiles of a row, and columns of a tile.</summary>
    public int Tiles;
    public int TileColumns;
}

/// <summary>How the export grid samples one axis, as <see cref="ResampledArgMaxOp"/> describes.</summary>
internal struct GpuSamplingTable
{
    public ArrayView<float> Data;
    public int Samples;

    /// <summary>As in <see cref="GpuTensor"/>.</summary>
    public int Unused;

    public static GpuSamplingTable From(TensorView view) => new() { Data = GpuTensor.BytesOf<float>(view), Samples = view.Desc.Shape.W };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int Lower(int sample) => (int)Data[sample];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int Upper(int sample) => (int)Data[Samples + sample];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float UpperWeight(int sample) => Data[(2 * Samples) + sample];
}

/// <summary>The launch of <see cref="ResampledArgMaxGpuBody"/>: one group per slice, row and tile.</summary>
internal sealed class ResampledArgMaxGpu : GpuKernel<ResampledArgMaxOp, ResampledArgMaxArguments>
{
    protected override Action<ResampledArgMaxArguments> Body => ResampledArgMaxGpuBody.Label;

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) => op is ResampledArgMaxOp && GpuTensor.FitAll(operands[..^1]);

    protected override ResampledArgMaxArguments Prepare(ResampledArgMaxOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        Shape shape = operands[^1].Desc.Shape;
        int most = ResampledArgMaxGpuBody.LargestTile(op.Size.W, shape.W);
        int tiles = (shape.W + most - 1) / most;
        GpuLaunch.Require32Bits(shape.Count);
        config = new KernelConfig(checked(shape.D * shape.H * tiles), ResampledArgMaxGpuBody.GroupSize);
        return new ResampledArgMaxArguments
        {
            Z = GpuSamplingTable.From(operands[0]),
            Y = GpuSamplingTable.From(operands[1]),
            X = GpuSamplingTable.From(operands[2]),
            Labels8 = GpuTensor.BytesOf<byte>(operands[^1]),
            Labels16 = GpuTensor.BytesOf<ushort>(operands[^1]),
            Wide = operands[^1].Desc.DType == DType.U16 ? 1 : 0,
            Classes = op.Classes,
            Rows = shape.H,
            Tiles = tiles,
            TileColumns = (shape.W + tiles - 1) / tiles,
        };
    }

    protected override void Refresh(ref ResampledArgMaxArguments arguments, in RunArguments run)
    {
        arguments.Sums.Set(run, run.Accumulator);
        (arguments.FirstSlice, arguments.SliceCount) = (run.FirstSlice, run.SliceCount);
    }
}
