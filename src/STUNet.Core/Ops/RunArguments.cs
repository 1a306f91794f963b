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

    /// <summary>The volume windows are loaded from.</summary>
    public VolumeBinding Source;

    /// <summary>
    /// The volume probabilities are added to: channel k of a voxel holds the weighted sum of class k, channel K (the number of classes) the sum of
    /// the weights, so at least K + 1 channels.
    /// </summary>
    public VolumeBinding Accumulator;
}
