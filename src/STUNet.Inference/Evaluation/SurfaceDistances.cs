using System.Numerics;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Imaging.Preprocessing;

namespace STUNet.Inference;

/// <summary>
/// Distances between the surfaces of two masks. A surface is the voxels of a mask with at least one of their six face neighbours outside of it (or outside
/// of the image); distances are in mm between voxel centres. Only the box around both masks is looked at.
/// </summary>
public sealed class SurfaceDistances
{
    /// <summary>The bit of voxels of the prediction.</summary>
    internal const byte Prediction = 1;

    /// <summary>The bit of voxels of the reference.</summary>
    internal const byte Reference = 2;

    /// <summary>The bit of the prediction's surface.</summary>
    internal const byte PredictionSurface = Prediction << SurfaceShift;

    private const byte ReferenceSurface = Reference << SurfaceShift;
    private const byte Ignored = 128;
    private const int SurfaceShift = 2;

    private SurfaceDistances(bool hasPrediction, bool hasReference, double[] toReference, double[] toPrediction) =>
        (HasPrediction, HasReference, ToReference, ToPrediction) = (hasPrediction, hasReference, toReference, toPrediction);

    /// <summary>Whether the prediction has a voxel.</summary>
    public bool HasPrediction { get; }

    /// <summary>Whether the reference has a voxel.</summary>
    public bool HasReference { get; }

    /// <summary>From every surface voxel of the prediction to the nearest of the reference, mm; empty where either mask is.</summary>
    public IReadOnlyList<double> ToReference { get; }

    /// <summary>From every surface voxel of the reference to the nearest of the prediction, mm; empty where either mask is.</summary>
    public IReadOnlyList<double> ToPrediction { get; }

    /// <summary>Measures one label or region.</summary>
    /// <param name="prediction">The label map to judge.</param>
    /// <param name="reference">The label map that is right; of the same size.</param>
    /// <param name="what">The label or region.</param>
    /// <param name="workers">The workers.</param>
    /// <param name="ignore">Voxels with this label in the reference belong to neither mask; null for none.</param>
    public static SurfaceDistances Of(LabelVolume prediction, LabelVolume reference, LabelOrRegion what, WorkerPool workers, uint? ignore = null) =>
        Of(prediction, LabelBoxes.Of(prediction), reference, LabelBoxes.Of(reference), what, workers, ignore);

    internal static SurfaceDistances Of(
        LabelVolume prediction, LabelBoxes ofPrediction, LabelVolume reference, LabelBoxes ofReference, LabelOrRegion what, WorkerPool workers, uint? ignore)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(prediction.Size, reference.Size);
        if (LabelBoxes.Around(ofPrediction, what, ofReference) is not { } box)
            return new SurfaceDistances(hasPrediction: false, hasReference: false, [], []);
        byte[] masks = new byte[checked((int)box.Size.Product)];
        Mark(masks, Prediction, prediction, box, what);
        Mark(masks, Reference, reference, box, what);
        if (ignore is { } label)
            RemoveIgnored(masks, reference, box, label);
        byte both = 0;
        foreach (byte voxel in masks)
            both |= voxel;
        (bool hasPrediction, bool hasReference) = ((both & Prediction) != 0, (both & Reference) != 0);
        if (!hasPrediction || !hasReference)
            return new SurfaceDistances(hasPrediction, hasReference, [], []);
        MarkSurfaces(masks, box.Size, workers);
        Spacing spacing = reference.Geometry.Spacing;
        int[] scratch = GC.AllocateUninitializedArray<int>(masks.Length);
        return new SurfaceDistances(
            hasPrediction,
            hasReference,
            NearestVoxels.Distances(masks, PredictionSurface, ReferenceSurface, box.Size, spacing, scratch, workers),
            NearestVoxels.Distances(masks, ReferenceSurface, PredictionSurface, box.Size, spacing, scratch, workers));
    }

    /// <summary>Adds to the bits of two masks those of their surfaces: voxels of a mask with a face neighbour outside of it.</summary>
    /// <param name="masks">The bits <see cref="Prediction"/> and <see cref="Reference"/>, C order.</param>
    /// <param name="size">Size of the box.</param>
    /// <param name="workers">The workers.</param>
    internal static void MarkSurfaces(Memory<byte> masks, Int3 size, WorkerPool workers)
    {
        int plane = size.H * size.W;
        workers.Run(size.D, z =>
        {
            // Neighbouring planes may be marked at the same time; the bits read here do not change.
            Span<byte> voxels = masks.Span;
            for (int y = 0; y < size.H; y++)
            {
                for (int x = 0; x < size.W; x++)
                {
                    int at = (z * plane) + (y * size.W) + x;
                    int inside = voxels[at] & (Prediction | Reference);
                    if (inside == 0)
                        continue;
                    bool isAtRim = z == 0 || z == size.D - 1 || y == 0 || y == size.H - 1 || x == 0 || x == size.W - 1;
                    int around = isAtRim
                        ? 0
                        : voxels[at - plane] & voxels[at + plane] & voxels[at - size.W] & voxels[at + size.W] & voxels[at - 1] & voxels[at + 1];
                    voxels[at] |= (byte)((inside & ~around) << SurfaceShift);
                }
            }
        });
    }

    private static void Mark(Span<byte> masks, byte bit, LabelVolume labels, CropBox box, LabelOrRegion what)
    {
        if (labels.BytesPerVoxel == 1)
            Mark<byte>(masks, bit, labels, box, what);
        else if (labels.BytesPerVoxel == 2)
            Mark<ushort>(masks, bit, labels, box, what);
        else
            Mark<uint>(masks, bit, labels, box, what);
    }

    private static void Mark<T>(Span<byte> masks, byte bit, LabelVolume labels, CropBox box, LabelOrRegion what)
        where T : unmanaged, IBinaryInteger<T>
    {
        ReadOnlySpan<bool> lookup = what.Lookup;
        ReadOnlySpan<T> voxels = labels.As<T>();
        int to = 0;
        for (int z = box.Start.D; z < box.End.D; z++)
        {
            for (int y = box.Start.H; y < box.End.H; y++)
            {
                foreach (T voxel in voxels.Slice((((z * labels.Size.H) + y) * labels.Size.W) + box.Start.W, box.Size.W))
                {
                    uint label = uint.CreateTruncating(voxel);
                    if (label < (uint)lookup.Length && lookup[(int)label])
                        masks[to] |= bit;
                    to++;
                }
            }
        }
    }

    private static void RemoveIgnored(Span<byte> masks, LabelVolume reference, CropBox box, uint label)
    {
        Mark(masks, Ignored, reference, box, LabelOrRegion.Label(label));
        foreach (ref byte voxel in masks)
            voxel = (voxel & Ignored) == 0 ? voxel : (byte)0;
    }
}
