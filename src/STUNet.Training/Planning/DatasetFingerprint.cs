using System.Collections.Immutable;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>What plans are made from: sizes, spacings and foreground intensities of a data set (<c>dataset_fingerprint.json</c>).</summary>
public sealed record DatasetFingerprint
{
    /// <summary>Name of the file in a preprocessed data set.</summary>
    public const string FileName = "dataset_fingerprint.json";

    /// <summary>Intensities nnU-Net draws per channel from a whole data set.</summary>
    public const int DefaultDraws = 100_000_000;

    /// <summary>Size (z, y, x) of every case after cropping to what is not 0, in the order of the sorted identifiers.</summary>
    public required ImmutableArray<Int3> ShapesAfterCrop { get; init; }

    /// <summary>Spacing (z, y, x) of every case, mm, in the same order.</summary>
    public required ImmutableArray<Spacing> Spacings { get; init; }

    /// <summary>Intensities of the foreground of every channel, in the image's unit.</summary>
    public required ImmutableArray<IntensityProperties> ForegroundIntensities { get; init; }

    /// <summary>Median over the cases of the share of voxels that cropping keeps.</summary>
    public required double MedianRelativeSizeAfterCropping { get; init; }

    /// <summary>Reads every case of a data set.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="pool">The workers; each holds one case in memory.</param>
    /// <param name="progress">Told after every case, from any worker.</param>
    /// <param name="draws">Intensities drawn per channel, shared among the cases.</param>
    /// <param name="cancellation">Stops between two cases.</param>
    /// <exception cref="InvalidFileException">A file is missing, damaged, of another size than its case, or not finite.</exception>
    /// <exception cref="InvalidRequestException">No case has a voxel with a label above 0.</exception>
    public static DatasetFingerprint Extract(
        RawDataset dataset, WorkerPool pool, IProgress<CaseProgress>? progress = null, int draws = DefaultDraws, CancellationToken cancellation = default)
    {
        int drawsPerCase = draws / dataset.Cases.Length;
        CaseFingerprint[] cases = CaseLoop.Run(dataset.Cases, pool, progress, cancellation, entry => CaseFingerprint.Of(entry, drawsPerCase, pool));
        IntensityProperties?[] intensities = new IntensityProperties?[dataset.Description.ChannelNames.Length];
        pool.Run(intensities.Length, channel => intensities[channel] = IntensityDraws.Statistics(cases.Select(entry => entry.Draws[channel])));
        return new DatasetFingerprint
        {
            ShapesAfterCrop = [.. cases.Select(entry => entry.Box.Size)],
            Spacings = [.. cases.Select(entry => entry.Spacing)],
            ForegroundIntensities =
            [
                .. intensities.Select(channel => channel
                    ?? throw new InvalidRequestException($"No label map of {dataset.Folder} has a voxel above 0, so there is nothing to plan for; check the label maps.")),
            ],
            MedianRelativeSizeAfterCropping = OrderStatistics.Median(cases.Select(entry => entry.RelativeSize)),
        };
    }

    /// <summary>Reads <c>dataset_fingerprint.json</c>.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidFileException">Missing or wrong; the message names the field.</exception>
    public static DatasetFingerprint Read(string path) => JsonInput.Read(path, FingerprintJson.Read);

    /// <summary>Writes <c>dataset_fingerprint.json</c>.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    public void Write(string path) => NnunetJson.Write(path, FingerprintJson.Write(this));

    internal void RequireChannelsOf(DatasetDescription description, string datasetName)
    {
        if (ForegroundIntensities.Length != description.ChannelNames.Length)
        {
            throw new InvalidRequestException(
                $"The fingerprint has {ForegroundIntensities.Length} channels, dataset.json names {description.ChannelNames.Length}; extract the fingerprint of {datasetName} again.");
        }
    }

    /// <summary>Median spacing along an image axis, mm.</summary>
    internal double MedianSpacing(int axis) => OrderStatistics.Median(Spacings.Select(spacing => spacing[axis]));

    /// <summary>Median size of the cropped cases along an image axis, rounded.</summary>
    internal int MedianShape(int axis) => (int)Math.Round(OrderStatistics.Median(ShapesAfterCrop.Select(shape => (double)shape[axis])), MidpointRounding.ToEven);

    /// <summary>Median size along an image axis after resampling to a spacing; fractional where the number of cases is even.</summary>
    internal double MedianSizeAt(int axis, double spacing) => OrderStatistics.Median(
        Spacings.Select((own, i) => Math.Round(own[axis] / spacing * ShapesAfterCrop[i][axis], MidpointRounding.ToEven)));
}
