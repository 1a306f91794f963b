using System.Numerics;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Squares in double, in blocks of fixed length that are added in order, so that threads change nothing.</summary>
internal sealed unsafe class GlobalNormBlocks : IKernel
{
    private const int Block = 1 << 16;

    public string Name => "Blocks";

    public bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) =>
        op is GlobalNormOp && Operands.AreFloats(operands);

    public long WorkspaceBytes(Op op, ReadOnlySpan<TensorDesc> operands, Device device)
    {
        long blocks = 0;
        foreach (TensorDesc input in operands[..^1])
            blocks += BlocksOf(input);
        return blocks * sizeof(double);
    }

    public Step Bind(Op op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, Device device) =>
        new BlockStep(operands[..^1].ToArray(), operands[^1], workspace, ((CpuDevice)device).Workers);

    private static int BlocksOf(TensorDesc desc) => (int)((desc.ElementCount + Block - 1) / Block);

    private sealed class BlockStep : Step, IParallelBody
    {
        private readonly (int Input, long Start)[] _blocks;
        private readonly TensorView[] _inputs;
        private readonly TensorView _norm;
        private readonly MemorySpan _workspace;
        private readonly WorkerPool _workers;

        public BlockStep(TensorView[] inputs, TensorView norm, MemorySpan workspace, WorkerPool workers)
        {
            _inputs = inputs;
            _norm = norm;
            _workspace = workspace;
            _workers = workers;
            _blocks = [.. inputs.SelectMany((input, index) => Enumerable.Range(0, BlocksOf(input.Desc)).Select(block => (index, block * (long)Block)))];
        }

        private double* Sums => (double*)_workspace.Bytes;

        public override void Run(RunContext context)
        {
            _workers.Run(_blocks.Length, this);
            double sum = 0;
            for (int block = 0; block < _blocks.Length; block++)
                sum += Sums[block];
            _norm.Floats[0] = (float)Math.Sqrt(sum);
        }

        public void Execute(int index, int worker)
        {
            (int input, long start) = _blocks[index];
            float* values = _inputs[input].Floats + start;
            int count = (int)Math.Min(Block, _inputs[input].Desc.ElementCount - start);
            Vector<double> sums = Vector<double>.Zero;
            int i = 0;
            for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
            {
                Vector.Widen(Vector.Load(values + i), out Vector<double> low, out Vector<double> high);
                sums += (low * low) + (high * high);
            }

            double sum = Vector.Sum(sums);
            for (; i < count; i++)
                sum += (double)values[i] * values[i];
            Sums[index] = sum;
        }
    }
}
