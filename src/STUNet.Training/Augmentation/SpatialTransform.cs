using STUNet.Core;
using STUNet.Imaging.Preprocessing;

namespace STUNet.Training;

/// <summary>
/// Rotation and scaling of the loaded patch about its centre, and the cut to the network's patch. The image is interpolated by cubic B-splines, 0
/// outside of the loaded patch; labels by the vote of linearly interpolated masks.
/// </summary>
/// <param name="Angles">The rotation; null for none.</param>
/// <param name="Scale">The factor on all axes, above 1 to see more of the patch; null for none.</param>
/// <param name="InPlane">Whether every slice of the first axis is transformed on its own (dummy 2D): by the first angle and in two dimensions.</param>
public sealed record SpatialTransform(RotationAngles? Angles, double? Scale, bool InPlane)
{
    /// <summary>Probability of a rotation per sample.</summary>
    public const double RotationProbability = 0.2;

    /// <summary>Probability of a scaling per sample.</summary>
    public const double ScaleProbability = 0.2;

    /// <summary>The largest angle in 3D, in radians.</summary>
    public const double LargestAngle = Math.PI / 6;

    /// <summary>The largest angle in the plane, in radians.</summary>
    public const double LargestAngleInPlane = Math.PI;

    /// <summary>The smallest scale.</summary>
    public const double SmallestScale = 0.7;

    /// <summary>The largest scale.</summary>
    public const double LargestScale = 1.4;

    /// <summary>Whether nothing is interpolated: the patch is cut from the centre.</summary>
    public bool IsCentreCrop => Angles is null && Scale is null;

    /// <summary>Draws the parameters.</summary>
    /// <param name="random">The sample's random numbers.</param>
    /// <param name="inPlane">Whether augmentation is 2D.</param>
    public static SpatialTransform Draw(SampleRandom random, bool inPlane)
    {
        double Angle() => inPlane ? random.Uniform(-LargestAngleInPlane, LargestAngleInPlane) : random.Uniform(-LargestAngle, LargestAngle);
        RotationAngles? angles = !random.Happens(RotationProbability) ? null
            : inPlane ? new(Angle(), 0, 0) : new(Angle(), Angle(), Angle());
        double? scale = random.Happens(ScaleProbability) ? TwoSidedFactor.Draw(random, SmallestScale, LargestScale) : null;
        return new SpatialTransform(angles, scale, inPlane);
    }

    /// <summary>The first voxel that a cut from the centre takes.</summary>
    /// <param name="loaded">Size of the loaded patch.</param>
    /// <param name="patch">Size of the network's patch.</param>
    public static Int3 CentreStart(Int3 loaded, Int3 patch) => Int3.From(axis => (loaded[axis] - patch[axis]) >> 1);

    /// <summary>Transforms.</summary>
    /// <param name="loaded">The loaded patch.</param>
    /// <param name="target">Receives the network's patch.</param>
    /// <param name="scratch">Memory of the calling thread.</param>
    /// <param name="labelOrder">
    /// Linear as nnU-Net has it: voxels outside of the loaded patch get label 0. Nearest takes the nearest voxel's label, outside -1.
    /// </param>
    public void Apply(SamplePatch loaded, SamplePatch target, AugmentationScratch scratch, InterpolationOrder labelOrder = InterpolationOrder.Linear)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(loaded.Channels, target.Channels);
        if (IsCentreCrop)
        {
            Crop(loaded, target);
            return;
        }

        if (InPlane)
            ArgumentOutOfRangeException.ThrowIfNotEqual(loaded.Size.D, target.Size.D);

        // In the plane the slices are volumes of one slice.
        int pieces = InPlane ? loaded.Size.D : 1;
        Int3 from = InPlane ? loaded.Size with { D = 1 } : loaded.Size;
        Int3 to = InPlane ? target.Size with { D = 1 } : target.Size;
        SamplingGrid grid = new(from, to, Angles ?? default, Scale ?? 1);
        (int fromCount, int toCount) = ((int)from.Product, (int)to.Product);
        for (int piece = 0; piece < pieces; piece++)
        {
            for (int c = 0; c < loaded.Channels; c++)
            {
                scratch.Spline.Load(loaded.Channel(c).Span.Slice(piece * fromCount, fromCount), from, grid.SourceBox(SplineVolume.Reach));
                scratch.Spline.Sample(grid, target.Channel(c).Span.Slice(piece * toCount, toCount));
            }

            ReadOnlySpan<short> labels = loaded.Labels.Span.Slice(piece * fromCount, fromCount);
            LabelSampler.Sample(labels, grid, target.Labels.Span.Slice(piece * toCount, toCount), labelOrder);
        }
    }

    private static void Crop(SamplePatch loaded, SamplePatch target)
    {
        Int3 start = CentreStart(loaded.Size, target.Size);
        for (int c = 0; c < loaded.Channels; c++)
            PatchCropping.Crop(loaded.Channel(c).Span, loaded.Size, start, target.Channel(c).Span, target.Size, 0f);
        PatchCropping.Crop(loaded.Labels.Span, loaded.Size, start, target.Labels.Span, target.Size, PatchCropping.OutsideLabel);
    }
}
