namespace STUNet.Core;

/// <summary>What may change from run to run of a plan without binding it anew: which window, mirrored how, read from and added to what.</summary>
public struct RunArguments
{
    /// <summary>First voxel of the window (z, y, x) in the source and in the accumulator's volume.</summary>
    public Int3 WindowOrigin;

    /// <summary>How the window is mirrored when loaded, and mirrored back when accumulated.</summary>
    public FlipAxes Flip;

    /// <summary>Factor on every probability and on the weight sum, 1 over the number of mirrorings.</summary>
    public float Weight;

    /// <summary>Learning rate of the optimiser's step.</summary>
    public float LearningRate;

    /// <summary>Number of the optimiser's step, from 1.</summary>
    public int OptimiserStep;

    private float _lossScale;

    /// <summary>
    /// What the loss is multiplied by before its gradients are taken, so that those of 16 bits do not vanish; the optimiser divides by it. A power of two, so that neither
    /// changes a bit; 1, unless set, for none.
    /// </summary>
    public float LossScale
    {
        readonly get => _lossScale == 0 ? 1 : _lossScale;
        set => _lossScale = value;
    }

    /// <summary>The volume windows are loaded from.</summary>
    public VolumeBinding Source;

    /// <summary>
    /// The volume probabilities are added to: channel k of a voxel holds the weighted sum of class k, channel K (the number of classes) the sum of
    /// the weights, so at least K + 1 channels.
    /// </summary>
    public VolumeBinding Accumulator;

    /// <summary>The first slice of the export grid that is labelled.</summary>
    public int FirstSlice;

    /// <summary>The number of slices of the export grid that are labelled.</summary>
    public int SliceCount;
}
