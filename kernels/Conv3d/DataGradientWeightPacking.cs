using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Weights (OC, IC, KD, KH, KW) as the strided data gradient reads them: [block of input channels][tap, phase by phase][oc][lane], lanes past the last
/// input channel zero.
/// </summary>
internal sealed record DataGradientWeightPacking(Int3 Stride, int BlockLanes, int LastBlockLanes, Shape Weight)
    : Packing($"conv3d.data_gradient.s{Stride}.ic{BlockLanes}+{LastBlockLanes}", ByteLengthOf(BlockLanes, LastBlockLanes, Weight))
{
    public override Step Bind(TensorView source, TensorView packed, Device device) => new PackStep(this, source, packed, ((CpuDevice)device).Workers);

    private static long ByteLengthOf(int blockLanes, int lastBlockLanes, Shape weight) =>
        (((long)(weight.C - 1) / blockLanes * blockLanes) + lastBlockLanes) * weight.N * weight.Voxels * sizeof(float);

    private sealed unsafe class PackStep(DataGradientWeightPacking packing, TensorView source, TensorView packed, WorkerPool workers) : Step, IParallelBody
    {
        private readonly DataGradientPhases _phases = new(packing.Weight.Size, packing.Stride);
        private readonly int _blocks = ((packing.Weight.C - 1) / packing.BlockLanes) + 1;

        public override void Run(RunContext context) => workers.Run(_blocks, this);

        public void Execute(int index, int worker)
        {
            Shape weight = packing.Weight;
            int taps = (int)weight.Voxels;
            int firstIc = index * packing.BlockLanes;
            int lanes = index == _blocks - 1 ? packing.LastBlockLanes : packing.BlockLanes;
            int real = Math.Min(lanes, weight.C - firstIc);
            float* filters = stackalloc float[taps * lanes];
            float* target = packed.Floats + ((long)firstIc * weight.N * taps);
            for (int oc = 0; oc < weight.N; oc++)
            {
                FilterLanes.Load(source.Floats + ((((long)oc * weight.C) + firstIc) * taps), taps, real, lanes, taps, filters);
                for (int tap = 0; tap < taps; tap++)
                    ShortCopy.Run(filters + (_phases.Taps[tap].Index * lanes), target + ((((long)tap * weight.N) + oc) * lanes), lanes);
            }
        }
    }
}
