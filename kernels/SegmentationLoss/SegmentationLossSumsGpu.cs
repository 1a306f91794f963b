using System.Reflection;
using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="SegmentationLossSumsGpu{TTensor}"/>'s bodies are told.</summary>
internal struct SegmentationLossSumsArguments<TTensor>
    where TTensor : struct, IGpuTensor
{
    public TTensor Logits;
    public SegmentationLossGpuTarget Target;

    /// <summary>Of every voxel its largest logit m and the sum of exp(logit - m); of regions not used.</summary>
    public ArrayView<float> Softmax;
    public GpuChannelPieces Pieces;
    public SegmentationLossGpuTile Tile;
}

/// <summary>
/// For every sample and class the sums over annotated voxels of p * g, p, g, the cross entropy and 1, with p the softmax of the logits, or of regions the
/// sigmoid. Logits [n, voxels, classes] of any element type, target as <see cref="SegmentationLossGpuTarget"/> has it, output [n, sum, class].
/// Three launches, of regions the last two: one thread per voxel finds the denominator of its softmax (<see cref="SegmentationLossGpuTile"/>); sums of pieces as <see cref="GpuChannelPieces"/> says,
/// with sums of threads that carry their rounding error along (what is counted is exact); the sums of the pieces.
/// </summary>
internal sealed class SegmentationLossSumsGpu<TTensor> : GpuSequenceKernel<SegmentationLossSumsOp>
    where TTensor : struct, IGpuTensor
{
    public override string Name => GpuTensor.NameOf<TTensor>("SumsPlain");

    public override IReadOnlyList<MethodInfo> Bodies =>
    [
        ((Action<SegmentationLossSumsArguments<TTensor>>)Normalise).Method,
        ((Action<SegmentationLossSumsArguments<TTensor>>)AddVoxels).Method,
        GpuPieceSums.Body.Method,
    ];

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) =>
        op is SegmentationLossSumsOp && GpuTensor.Fits<TTensor>(operands[0]) && operands[0].Shape.C <= SegmentationLossGpuTile.MostClasses && operands[1].DType == DType.U8 && GpuTensor.Fits(operands[^1]);

    protected override long WorkspaceFloats(SegmentationLossSumsOp op, ReadOnlySpan<TensorDesc> operands)
    {
        Shape shape = operands[0].Shape;
        return SoftmaxFloats(op, shape) + GpuChannelPieces.FloatsOf(shape.N, shape.Voxels, shape.C, SegmentationLossSumsOp.Sums);
    }

    protected override Step[] Launches(SegmentationLossSumsOp op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, GpuDevice device)
    {
        Shape shape = operands[0].Desc.Shape;
        long softmax = SoftmaxFloats(op, shape);
        GpuLaunch.Require32Bits(softmax);
        GpuChannelPieces pieces = GpuChannelPieces.Of(shape.N, shape.Voxels, shape.C, SegmentationLossSumsOp.Sums, workspace, softmax);
        SegmentationLossSumsArguments<TTensor> arguments = new()
        {
            Logits = GpuTensor.Of<TTensor>(operands[0]),
            Target = SegmentationLossGpuTarget.From(op.Loss, operands[1], shape.C),
            Softmax = op.Loss.HasRegions ? pieces.Partials : GpuMemory.Floats(workspace, 0, softmax),
            Pieces = pieces,
            Tile = SegmentationLossGpuTile.Of(shape),
        };
        Step add = new GpuStep<SegmentationLossSumsArguments<TTensor>>(device, AddVoxels, pieces.Config, arguments, GpuLaunch.KeepArguments);
        Step addPieces = pieces.BindSecondLevel(device, GpuTensor.From(operands[^1]));
        if (op.Loss.HasRegions)
            return [add, addPieces];
        return [new GpuStep<SegmentationLossSumsArguments<TTensor>>(device, Normalise, arguments.Tile.Config, arguments, GpuLaunch.KeepArguments), add, addPieces];
    }

    private static long SoftmaxFloats(SegmentationLossSumsOp op, Shape logits) => op.Loss.HasRegions ? 0 : 2 * logits.N * logits.Voxels;

    private static void Normalise(SegmentationLossSumsArguments<TTensor> k)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(SegmentationLossGpuTile.Floats);
        k.Tile.Load(k.Logits, shared);
        Group.Barrier();
        if (!k.Tile.HasVoxel)
            return;
        float max = k.Tile.MaxOf(shared);
        float sum = 0;
        for (int label = 0; label < k.Tile.Classes; label++)
            sum += XMath.Exp(shared[k.Tile.Place + label] - max);
        k.Softmax[2 * k.Tile.Voxel] = max;
        k.Softmax[(2 * k.Tile.Voxel) + 1] = sum;
    }

    private static void AddVoxels(SegmentationLossSumsArguments<TTensor> k)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GpuChannelPieces.GroupSize);
        int label = k.Pieces.Channel;
        int end = k.Pieces.End;
        GpuSum overlap = default;
        GpuSum predicted = default;
        GpuSum entropies = default;
        float present = 0;
        float annotated = 0;
        for (int voxel = k.Pieces.First; voxel < end; voxel += GpuChannelPieces.Rows)
        {
            int place = k.Target.PlaceOf(voxel);
            if (!k.Target.IsAnnotated(place))
                continue;
            float g = k.Target.Present(place, label);
            float p = Measure(k, voxel, label, g, out float entropy);
            overlap.Add(p * g);
            predicted.Add(p);
            entropies.Add(entropy);
            present += g;
            annotated += 1;
        }

        k.Pieces.Store(shared, SegmentationLossSumsOp.Overlap, overlap.Value);
        k.Pieces.Store(shared, SegmentationLossSumsOp.Predicted, predicted.Value);
        k.Pieces.Store(shared, SegmentationLossSumsOp.Present, present);
        k.Pieces.Store(shared, SegmentationLossSumsOp.Entropy, entropies.Value);
        k.Pieces.Store(shared, SegmentationLossSumsOp.Annotated, annotated);
    }

    // The probability of a class, and the cross entropy it adds.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Measure(in SegmentationLossSumsArguments<TTensor> k, int voxel, int label, float g, out float entropy)
    {
        float logit = k.Logits.Read(voxel, label);
        if (k.Target.HasRegions != 0)
        {
            float magnitude = XMath.Abs(logit);
            entropy = XMath.Max(logit, 0f) - (logit * g) + XMath.Log(1 + XMath.Exp(-magnitude));
            return 1 / (1 + XMath.Exp(-logit));
        }

        float distance = logit - k.Softmax[2 * voxel];
        float sum = k.Softmax[(2 * voxel) + 1];
        entropy = g * (XMath.Log(sum) - distance);
        return XMath.Exp(distance) / sum;
    }
}
