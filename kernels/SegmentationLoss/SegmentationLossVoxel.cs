using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>One voxel of logits and target in double, any layout, for the references.</summary>
internal readonly unsafe struct SegmentationLossVoxel
{
    private readonly SegmentationLoss _loss;
    private readonly int _classes;
    private readonly float* _logits;
    private readonly long _nextLogit;
    private readonly byte* _target;
    private readonly long _nextTarget;

    /// <param name="loss">The loss.</param>
    /// <param name="logits">Logits.</param>
    /// <param name="target">Target.</param>
    /// <param name="n">Sample.</param>
    /// <param name="voxel">Place in the sample.</param>
    public SegmentationLossVoxel(SegmentationLoss loss, in TensorView logits, in TensorView target, int n, long voxel)
    {
        _loss = loss;
        _classes = logits.Desc.Shape.C;
        (long logit, _nextLogit) = Place(logits.Desc, n, voxel);
        _logits = logits.Floats + logit;
        (long label, _nextTarget) = Place(target.Desc, n, voxel);
        _target = target.Bytes + label;
    }

    /// <summary>Whether the voxel counts.</summary>
    public bool IsAnnotated => _loss.IgnoreLabel is not { } ignore || (_loss.HasRegions ? Target(_classes) == 0 : Target(0) != ignore);

    /// <summary>g of a class.</summary>
    public double Present(int k) => _loss.HasRegions ? Target(k) : Target(0) == k ? 1 : 0;

    /// <summary>p of a class.</summary>
    public double Probability(int k) => _loss.HasRegions ? 1 / (1 + Math.Exp(-Logit(k))) : Math.Exp(Logit(k) - LogSum());

    /// <summary>The cross entropy a class adds to the sum.</summary>
    public double Entropy(int k) => _loss.HasRegions
        ? Math.Max(Logit(k), 0) - (Logit(k) * Target(k)) + Math.Log(1 + Math.Exp(-Math.Abs(Logit(k))))
        : Target(0) == k ? LogSum() - Logit(k) : 0;

    private static (long First, long Next) Place(TensorDesc desc, int n, long voxel) => desc.Layout == Layout.NCDHW
        ? ((n * desc.Shape.C * desc.Shape.Voxels) + voxel, desc.Shape.Voxels)
        : (((n * desc.Shape.Voxels) + voxel) * desc.ChannelPitch, 1);

    private double Logit(int k) => _logits[k * _nextLogit];

    private int Target(int k) => _target[k * _nextTarget];

    private double LogSum()
    {
        double max = double.NegativeInfinity;
        for (int k = 0; k < _classes; k++)
            max = Math.Max(max, Logit(k));
        double sum = 0;
        for (int k = 0; k < _classes; k++)
            sum += Math.Exp(Logit(k) - max);
        return max + Math.Log(sum);
    }
}
