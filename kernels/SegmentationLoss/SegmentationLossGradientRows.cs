using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Visits the rows of a gradient with what all voxels of a sample share: per class dDice/dp where it is not present, what its presence adds, and the weight of the cross entropy.</summary>
/// <param name="op">The op.</param>
/// <param name="operands">Its operands.</param>
/// <param name="sizes">Sizes of tables and scratch.</param>
/// <param name="workspace">Room for them.</param>
/// <param name="workers">Threads.</param>
internal abstract unsafe class SegmentationLossGradientRows(
    SegmentationLossGradientOp op, TensorView[] operands, SegmentationLossGradientSizes sizes, MemorySpan workspace, WorkerPool workers)
    : RowStep(operands[0].Desc.Shape, workers)
{
    private readonly SegmentationLossTerms _terms = new(op.Loss, operands[2]);

    /// <summary>The loss.</summary>
    protected SegmentationLoss Loss => op.Loss;

    /// <summary>The logits.</summary>
    protected TensorView Logits => operands[0];

    /// <summary>The targets.</summary>
    protected TensorView Target => operands[1];

    /// <summary>The gradient, which may be where the logits are.</summary>
    protected TensorView Gradient => operands[^1];

    /// <summary>Shape of the logits.</summary>
    protected Shape Shape { get; } = operands[0].Desc.Shape;

    /// <summary>Floats of a voxel.</summary>
    protected int Pitch { get; } = operands[0].Desc.ChannelPitch;

    /// <summary>Weight of the cross entropy.</summary>
    protected float Entropy { get; private set; }

    public override void Run(RunContext context)
    {
        double scale = op.Weight * operands[3].Floats[0];
        Entropy = (float)(scale / _terms.EntropyCount());
        for (int n = 0; n < Shape.N; n++)
        {
            float* absent = AbsentOf(n), present = PresentOf(n);
            new Span<float>(absent, 2 * sizes.TableFloats).Clear();
            for (int k = 0; k < Shape.C; k++)
            {
                (double where, double added) = _terms.DiceGradient(n, k);
                for (int i = k; i < sizes.TableFloats; i += Pitch)
                    (absent[i], present[i]) = ((float)(scale * where), (float)(scale * added));
            }
        }

        base.Run(context);
    }

    protected override void Visit(int n, int d, int h, int worker)
    {
        float* scratch = AbsentOf(Shape.N) + ((long)worker * sizes.ScratchFloats);
        VisitRow(((((long)n * Shape.D) + d) * Shape.H + h) * Shape.W, AbsentOf(n), PresentOf(n), scratch);
    }

    /// <summary>Writes the gradient of a row of voxels.</summary>
    /// <param name="row">Index of its first voxel in the batch.</param>
    /// <param name="absent">dDice/dp of every class where it is not present, repeated every pitch.</param>
    /// <param name="present">What its presence adds.</param>
    /// <param name="scratch">The scratch, with any content.</param>
    protected abstract void VisitRow(long row, float* absent, float* present, float* scratch);

    private float* AbsentOf(int n) => (float*)workspace.Bytes + (2 * (long)n * sizes.TableFloats);

    private float* PresentOf(int n) => AbsentOf(n) + sizes.TableFloats;
}
