using System.Runtime.CompilerServices;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Pointwise convolution whose output lies channels first: full-resolution logits as callers want them. Lanes are neighbouring voxels: the inputs of
/// four vectors of voxels are turned into lines of one channel each, then tiles of three output channels run over the channels with broadcast
/// weights and store whole lines, past the caches where the output is large. Order of additions: bias, then channel by channel.
/// </summary>
internal sealed unsafe class Conv3dChannelsFirst<TIsa, V> : IKernel
    where TIsa : struct, IVectorIsa<V>
    where V : struct
{
    private const int Vectors = 4;

    // Panels of one piece of work: every output channel is written in runs of as many whole panels, which memory takes faster than short ones.
    private const int PanelsPerPiece = 16;

    // Output channels of a register tile.
    private const int Tile = 3;

    private static int PanelVoxels => Vectors * TIsa.Lanes;

    public string Name => $"ForwardChannelsFirst{TIsa.Level}";

    public bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) =>
        op is Conv3dOp { Sources: 1, OutputLayout: Layout.NCDHW, InputCount: 3, StatisticsEpsilon: null } conv && caps.Simd >= TIsa.Level
        && conv.Kernel == Int3.One && conv.Stride == Int3.One && conv.FirstSourceFactor == Int3.One && Conv3dCpu.HasPlanLayouts(conv, operands);

    public double Cost(Op op, ReadOnlySpan<TensorDesc> operands) => Conv3dCost.Direct((Conv3dOp)op, operands, TIsa.Level);

    public long WorkspaceBytes(Op op, ReadOnlySpan<TensorDesc> operands, Device device) =>
        ((CpuDevice)device).Workers.Count * (long)operands[0].Shape.C * PanelVoxels * PanelsPerPiece * sizeof(float);

    public Packing? PackingOf(Op op, ReadOnlySpan<TensorDesc> operands, int operand) =>
        operand == 1 ? new HeadPacking(operands[1].Shape.N, operands[1].Shape.C, Tile) : null;

    public Step Bind(Op op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, Device device) =>
        new ForwardStep(operands.ToArray(), workspace, ((CpuDevice)device).Workers);

    private sealed class ForwardStep(TensorView[] operands, MemorySpan workspace, WorkerPool workers) : Step, IParallelBody
    {
        private readonly TensorView _x = operands[0];
        private readonly TensorView _weight = operands[1];
        private readonly TensorView _bias = operands[2];
        private readonly TensorView _y = operands[^1];
        private readonly int _channels = operands[0].Desc.Shape.C;
        private readonly int _classes = operands[^1].Desc.Shape.C;
        private readonly long _voxels = operands[0].Desc.Shape.Voxels;
        private readonly bool _pastCaches = PastCaches.Suits(operands[^1].Desc) && operands[^1].Desc.Shape.Voxels % TIsa.Lanes == 0;

        private int PiecesPerSample => (int)((_voxels - 1) / (PanelVoxels * PanelsPerPiece)) + 1;

        public override void Run(RunContext context) => workers.Run(_x.Desc.Shape.N * PiecesPerSample, this);

        public void Execute(int index, int worker)
        {
            float* panel = (float*)workspace.Bytes + ((long)worker * _channels * PanelVoxels * PanelsPerPiece);
            int n = index / PiecesPerSample;
            long first = (long)(index % PiecesPerSample) * PanelVoxels * PanelsPerPiece;
            long end = Math.Min(_voxels, first + (PanelVoxels * PanelsPerPiece));
            int panelElements = _channels * PanelVoxels;
            for (int at = 0; first + at < end; at += PanelVoxels)
                Gather(panel + (at / PanelVoxels * panelElements), ((n * _voxels) + first + at) * _x.Desc.ChannelPitch, (int)Math.Min(PanelVoxels, end - first - at));
            for (int oc = 0; oc < _classes; oc += Tile)
            {
                float* target = _y.Floats + ((((long)n * _classes) + oc) * _voxels) + first;
                for (int at = 0; first + at < end; at += PanelVoxels)
                    Multiply(panel + (at / PanelVoxels * panelElements), oc, target + at, (int)Math.Min(PanelVoxels, end - first - at));
            }

            if (_pastCaches)
                PastCaches.Fence();
        }

        // [channel][voxel]; past the last voxel it is repeated.
        private void Gather(float* panel, long source, int voxels)
        {
            int pitch = _x.Desc.ChannelPitch;
            float* x = _x.Floats + source;
            for (int v = 0; v < voxels; v += 4)
            {
                int last = voxels - 1;
                ChannelTranspose.Run(
                    x + ((nint)v * pitch), x + ((nint)Math.Min(v + 1, last) * pitch), x + ((nint)Math.Min(v + 2, last) * pitch),
                    x + ((nint)Math.Min(v + 3, last) * pitch), panel + v, PanelVoxels, _channels);
            }
        }

        private void Multiply(float* panel, int oc, float* target, int voxels)
        {
            int count = Math.Min(Tile, _classes - oc);
            float* bias = stackalloc float[Tile];
            for (int i = 0; i < Tile; i++)
                bias[i] = i < count ? _bias.Floats[oc + i] : 0;
            float* weight = _weight.Floats + ((long)oc * _channels);
            if (count == Tile && voxels == PanelVoxels && _pastCaches)
            {
                MultiplyTile(panel, weight, bias, _channels, target, (nint)_voxels, pastCaches: true);
                return;
            }

            float* lines = stackalloc float[Tile * PanelVoxels];
            MultiplyTile(panel, weight, bias, _channels, lines, PanelVoxels, pastCaches: false);
            for (int i = 0; i < count; i++)
                new ReadOnlySpan<float>(lines + (i * PanelVoxels), voxels).CopyTo(new Span<float>(target + (i * _voxels), voxels));
        }

        // Calls nothing, so that all sums stay in registers.
        private static void MultiplyTile(float* panel, float* weight, float* bias, int channels, float* target, nint line, bool pastCaches)
        {
            V a0 = TIsa.Broadcast(bias[0]), a1 = a0, a2 = a0, a3 = a0;
            V b0 = TIsa.Broadcast(bias[1]), b1 = b0, b2 = b0, b3 = b0;
            V c0 = TIsa.Broadcast(bias[2]), c1 = c0, c2 = c0, c3 = c0;
            for (int ic = channels; ic > 0; ic--, panel += PanelVoxels, weight += Tile)
            {
                V x0 = TIsa.Load(panel);
                V x1 = TIsa.Load(panel + TIsa.Lanes);
                V x2 = TIsa.Load(panel + (2 * TIsa.Lanes));
                V x3 = TIsa.Load(panel + (3 * TIsa.Lanes));
                V w = TIsa.Broadcast(weight[0]);
                a0 = TIsa.MultiplyAdd(w, x0, a0);
                a1 = TIsa.MultiplyAdd(w, x1, a1);
                a2 = TIsa.MultiplyAdd(w, x2, a2);
                a3 = TIsa.MultiplyAdd(w, x3, a3);
                w = TIsa.Broadcast(weight[1]);
                b0 = TIsa.MultiplyAdd(w, x0, b0);
                b1 = TIsa.MultiplyAdd(w, x1, b1);
                b2 = TIsa.MultiplyAdd(w, x2, b2);
                b3 = TIsa.MultiplyAdd(w, x3, b3);
                w = TIsa.Broadcast(weight[2]);
                c0 = TIsa.MultiplyAdd(w, x0, c0);
                c1 = TIsa.MultiplyAdd(w, x1, c1);
                c2 = TIsa.MultiplyAdd(w, x2, c2);
                c3 = TIsa.MultiplyAdd(w, x3, c3);
            }

            Store(target, pastCaches, a0, a1, a2, a3);
            Store(target + line, pastCaches, b0, b1, b2, b3);
            Store(target + (2 * line), pastCaches, c0, c1, c2, c3);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Store(float* target, bool pastCaches, V y0, V y1, V y2, V y3)
        {
            if (pastCaches)
            {
                TIsa.StoreNonTemporal(target, y0);
                TIsa.StoreNonTemporal(target + TIsa.Lanes, y1);
                TIsa.StoreNonTemporal(target + (2 * TIsa.Lanes), y2);
                TIsa.StoreNonTemporal(target + (3 * TIsa.Lanes), y3);
            }
            else
            {
                TIsa.Store(target, y0);
                TIsa.Store(target + TIsa.Lanes, y1);
                TIsa.Store(target + (2 * TIsa.Lanes), y2);
                TIsa.Store(target + (3 * TIsa.Lanes), y3);
            }
        }
    }
}
