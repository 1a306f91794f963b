using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Gathers the inputs of one tile and one block of channels into a panel [row z][row y][channel][phase][slot], where column
/// w0 * stride - padding + slot * stride + phase of the source lies in (phase, slot). Padding, the second source and the upsampling of the first
/// end here: the loops over the panel know none of them. Channel padding of the sources is never read.
/// </summary>
internal sealed unsafe class Conv3dPanel
{
    private readonly Conv3dDirectTiling _tiling;
    private readonly TensorView _first;
    private readonly TensorView _second;
    private readonly Conv3dNorms _norms;
    private readonly float[] _zeros; // pinned, so that its address lasts

    public Conv3dPanel(Conv3dDirectTiling tiling, TensorView first, TensorView second, Conv3dNorms norms)
    {
        _tiling = tiling;
        _first = first;
        _second = second;
        _norms = norms;
        _zeros = GC.AllocateArray<float>(tiling.ChannelBlock, pinned: true);
    }

    private float* Zeros => (float*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_zeros));

    /// <summary>Fills the panel of the outputs from (d0, h0, w0) on, with input channels from <paramref name="firstIc"/> on.</summary>
    public void Gather(float* panel, int n, Int3 origin, int tileD, int tileH, int firstIc, int channels)
    {
        Conv3dOp op = _tiling.Op;
        int split = Math.Clamp(_first.Desc.Shape.C - firstIc, 0, channels);
        Int3 start = new(
            (origin.D * op.Stride.D) - (op.Kernel.D / 2),
            (origin.H * op.Stride.H) - (op.Kernel.H / 2),
            (origin.W * op.Stride.W) - (op.Kernel.W / 2));
        int rowsD = Conv3dDirectTiling.Extent(tileD, op.Stride.D, op.Kernel.D);
        int rowsH = Conv3dDirectTiling.Extent(tileH, op.Stride.H, op.Kernel.H);
        for (int rd = 0; rd < rowsD; rd++)
        {
            for (int rh = 0; rh < rowsH; rh++)
            {
                // With a stride above the kernel some rows are read by no output.
                if (rd % op.Stride.D >= op.Kernel.D || rh % op.Stride.H >= op.Kernel.H)
                    continue;
                float* row = panel + ((long)((rd * _tiling.PanelH) + rh) * _tiling.RowStride);
                int d = start.D + rd;
                int h = start.H + rh;
                if ((uint)d >= (uint)_tiling.Input.D || (uint)h >= (uint)_tiling.Input.H)
                {
                    new Span<float>(row, channels * _tiling.ChannelStride).Clear();
                    continue;
                }

                if (split > 0)
                    GatherRow(row, _first, op.FirstSourceFactor, n, d, h, start.W, firstIc, split);
                if (split < channels)
                {
                    int from = firstIc + split - _first.Desc.Shape.C;
                    GatherRow(row + ((long)split * _tiling.ChannelStride), _second, Int3.One, n, d, h, start.W, from, channels - split);
                }
            }
        }
    }

    private void GatherRow(float* row, TensorView source, Int3 factor, int n, int d, int h, int startW, int firstIc, int channels)
    {
        Shape shape = source.Desc.Shape;
        int pitch = source.Desc.ChannelPitch;
        float* line = source.Floats + ((((((long)n * shape.D) + (d / factor.D)) * shape.H) + (h / factor.H)) * shape.W * pitch) + firstIc;
        int step = _tiling.Op.Stride.W;
        for (int phase = 0; phase < _tiling.Phases; phase++)
        {
            for (int slot = 0; slot < _tiling.GatheredSlots; slot += 4)
            {
                int w = startW + (slot * step) + phase;
                ChannelTranspose.Run(
                    Column(line, w, factor.W, pitch),
                    Column(line, w + step, factor.W, pitch),
                    Column(line, w + (2 * step), factor.W, pitch),
                    Column(line, w + (3 * step), factor.W, pitch),
                    row + (phase * _tiling.RowSlots) + slot,
                    _tiling.ChannelStride,
                    channels);
            }

            if (_norms.SourceTable != null)
                Normalise(row + (phase * _tiling.RowSlots), startW + phase, n, firstIc, channels);
        }
    }

    // Normalises the columns of one phase that exist; padding stays zero.
    private void Normalise(float* row, int startW, int n, int firstIc, int channels)
    {
        int pitch = _first.Desc.ChannelPitch;
        int step = _tiling.Op.Stride.W;
        float slope = _tiling.Op.NormalisedSourceSlope!.Value;
        float* table = _norms.SourceTable + ((long)n * InstanceNormTable.Rows * pitch) + firstIc;
        int first = startW < 0 ? ((-startW - 1) / step) + 1 : 0;
        int end = startW < _tiling.Input.W ? Math.Min(_tiling.GatheredSlots, ((_tiling.Input.W - 1 - startW) / step) + 1) : 0;
        for (int c = 0; c < channels; c++, row += _tiling.ChannelStride, table++)
        {
            float mean = table[0];
            float scale = table[pitch];
            float shift = table[2 * pitch];
            int slot = first;
            for (; slot + Vector256<float>.Count <= end; slot += Vector256<float>.Count)
            {
                Vector256<float> value = Vector256.MultiplyAddEstimate(
                    Vector256.Load(row + slot) - Vector256.Create(mean), Vector256.Create(scale), Vector256.Create(shift));
                Vector256.Max(value, value * slope).Store(row + slot);
            }

            for (; slot < end; slot++)
            {
                float value = float.MultiplyAddEstimate(row[slot] - mean, scale, shift);
                row[slot] = Math.Max(value, value * slope);
            }
        }
    }

    private float* Column(float* line, int w, int factor, int pitch)
    {
        if ((uint)w >= (uint)_tiling.Input.W)
            return Zeros;
        return line + ((long)(factor == 1 ? w : w / factor) * pitch);
    }
}
