using STUNet.Core;

namespace STUNet.Inference;

/// <summary>Summary numbers of surface distances, in mm; NaN where a mask is empty.</summary>
public sealed class SurfaceScores
{
    private const double Percentile = 95;
    private readonly double[] _toReference;
    private readonly double[] _toPrediction;
    private readonly SurfaceDistances _distances;

    /// <summary>Computes the numbers.</summary>
    /// <param name="distances">The distances.</param>
    public SurfaceScores(SurfaceDistances distances)
    {
        _distances = distances;
        _toReference = [.. distances.ToReference];
        _toPrediction = [.. distances.ToPrediction];
        double[] pooled = [.. _toReference, .. _toPrediction];
        AverageToReference = NumpyMean.Of(_toReference);
        AverageToPrediction = NumpyMean.Of(_toPrediction);
        AveragePooled = NumpyMean.Of(pooled);
        Array.Sort(pooled);
        Hausdorff = pooled.Length == 0 ? double.NaN : pooled[^1];
        Hausdorff95 = PercentileOf(pooled);
        Hausdorff95MaxDirected = Math.Max(PercentileOf([.. _toReference.Order()]), PercentileOf([.. _toPrediction.Order()]));
    }

    /// <summary>The largest distance of all.</summary>
    public double Hausdorff { get; }

    /// <summary>The 95th percentile of the distances of both directions together, as medpy and so nnU-Net v1 define it.</summary>
    public double Hausdorff95 { get; }

    /// <summary>The larger of the 95th percentiles of the two directions, as MONAI defines it.</summary>
    public double Hausdorff95MaxDirected { get; }

    /// <summary>The mean distance from the prediction's surface to the reference's.</summary>
    public double AverageToReference { get; }

    /// <summary>The mean distance from the reference's surface to the prediction's.</summary>
    public double AverageToPrediction { get; }

    /// <summary>The mean of the two directed means, as medpy and so nnU-Net v1 define the average symmetric surface distance.</summary>
    public double AverageSymmetric => (AverageToReference + AverageToPrediction) / 2;

    /// <summary>The mean of the distances of both directions together, as MONAI defines the symmetric distance.</summary>
    public double AveragePooled { get; }

    /// <summary>The share of surface voxels of both masks that are within a tolerance of the other surface (surface Dice); 0 where one mask is empty, NaN where both are.</summary>
    /// <param name="toleranceMm">The tolerance in mm.</param>
    public double NormalizedSurfaceDice(double toleranceMm)
    {
        if (_toReference.Length == 0)
            return _distances.HasPrediction || _distances.HasReference ? 0 : double.NaN;
        long within = _toReference.Count(distance => distance <= toleranceMm) + (long)_toPrediction.Count(distance => distance <= toleranceMm);
        return (double)within / ((long)_toReference.Length + _toPrediction.Length);
    }

    private static double PercentileOf(double[] sorted) =>
        sorted.Length == 0 ? double.NaN : OrderStatistics.Percentile(sorted.Length, rank => sorted[rank], Percentile);
}
