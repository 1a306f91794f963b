using System.Collections.Immutable;
using System.Globalization;
using STUNet.Core;
using STUNet.Imaging;

namespace STUNet.Training;

/// <summary>Checks one case. Every file is looked at even when another is bad, so that one run tells all there is to mend.</summary>
internal sealed class CaseVerification
{
    // Headers hold binary32, and tools round differently: what is off by less than this share of a voxel is the same place.
    private const double PlaceTolerance = 0.01;
    private const int NamedValues = 10;

    private readonly TrainingCase _case;
    private readonly ImmutableArray<VerificationFinding>.Builder _findings = ImmutableArray.CreateBuilder<VerificationFinding>();
    private VolumeGeometry? _first;

    private CaseVerification(TrainingCase @case) => _case = @case;

    public static VerifiedCase Of(TrainingCase @case, DatasetLabels labels)
    {
        CaseVerification verification = new(@case);
        foreach (string image in @case.Images)
            verification.CheckImage(image);
        ImmutableSortedDictionary<int, long> voxels = verification.CheckLabels(labels);
        return new VerifiedCase(@case.Identifier, verification._first?.Size, verification._first?.Spacing, voxels, verification._findings.ToImmutable());
    }

    private void CheckImage(string path)
    {
        if (!File.Exists(path))
        {
            Add(FindingSeverity.Error, VerificationCheck.Channels, path, "this channel's file is missing");
            return;
        }

        if (TryRead(path) is not { } volume)
            return;
        if (volume.FirstNonFinite() is { } at)
            Add(FindingSeverity.Error, VerificationCheck.Finite, path, $"voxel (z, y, x) = ({at.D}, {at.H}, {at.W}) is not a finite number");
        CheckGeometry(path, volume.Geometry);
    }

    private ImmutableSortedDictionary<int, long> CheckLabels(DatasetLabels labels)
    {
        if (!File.Exists(_case.Label))
        {
            Add(FindingSeverity.Error, VerificationCheck.LabelFile, _case.Label, "the label map is missing");
            return ImmutableSortedDictionary<int, long>.Empty;
        }

        if (TryRead(_case.Label) is not { } volume)
            return ImmutableSortedDictionary<int, long>.Empty;
        CheckGeometry(_case.Label, volume.Geometry);
        SortedDictionary<float, long> counts = Count(volume.Voxels);
        HashSet<int> declared = [.. labels.Values];
        if (labels.Ignore is { } ignore)
            declared.Add(ignore);
        bool IsDeclared(float value) => float.IsInteger(value) && Math.Abs(value) <= ushort.MaxValue && declared.Contains((int)value);
        float[] unexpected = [.. counts.Keys.Where(value => !IsDeclared(value))];
        if (unexpected.Length > 0)
        {
            string values = string.Join(", ", unexpected.Take(NamedValues).Select(value => value.ToString(CultureInfo.InvariantCulture)));
            string more = unexpected.Length > NamedValues ? $" and {unexpected.Length - NamedValues} more" : "";
            Add(FindingSeverity.Error, VerificationCheck.LabelValues, _case.Label, $"it has voxels of {values}{more}, which dataset.json does not declare");
        }

        return counts.Where(pair => IsDeclared(pair.Key)).ToImmutableSortedDictionary(pair => (int)pair.Key, pair => pair.Value);
    }

    /// <summary>Voxels of every value. Neighbours mostly agree, so runs are counted; of a file that is no label map only the first values are told apart.</summary>
    private static SortedDictionary<float, long> Count(ReadOnlySpan<float> voxels)
    {
        const int Most = 70_000;
        SortedDictionary<float, long> counts = [];
        for (int i = 0; i < voxels.Length && counts.Count < Most;)
        {
            int start = i;
            while (i < voxels.Length && voxels[i].Equals(voxels[start]))
                i++;
            counts[voxels[start]] = counts.GetValueOrDefault(voxels[start]) + i - start;
        }

        return counts;
    }

    private void CheckGeometry(string path, VolumeGeometry geometry)
    {
        if (_first is null)
        {
            _first = geometry;
            return;
        }

        if (geometry.Size != _first.Size)
            Add(FindingSeverity.Error, VerificationCheck.Shape, path, $"it has {geometry.Size} voxels (z, y, x), the first channel has {_first.Size}");
        if (!TrainingCase.HaveOneSpacing(geometry, _first))
            Add(FindingSeverity.Error, VerificationCheck.Spacing, path, $"its spacing is {geometry.Spacing} (z, y, x), that of the first channel {_first.Spacing}");
        double distance = LargestDistance(geometry, _first);
        if (geometry.Size == _first.Size && distance > PlaceTolerance * Enumerable.Range(0, 3).Min(axis => _first.Spacing[axis]))
        {
            Add(
                FindingSeverity.Warning, VerificationCheck.OriginDirection, path,
                string.Create(CultureInfo.InvariantCulture, $"its origin or direction differs from the first channel's: voxels lie up to {distance:G3} mm apart"));
        }
    }

    /// <summary>The largest distance, mm, between the places two geometries give a corner of the volume.</summary>
    private static double LargestDistance(VolumeGeometry one, VolumeGeometry other)
    {
        double largest = 0;
        for (int corner = 0; corner < 8; corner++)
        {
            double squares = 0;
            for (int row = 0; row < 3; row++)
            {
                double difference = one.Affine[row, 3] - other.Affine[row, 3];
                // Columns are file axes (x, y, z), sizes are (z, y, x).
                for (int column = 0; column < 3; column++)
                    difference += (corner >> column & 1) * (one.Size[2 - column] - 1) * (one.Affine[row, column] - other.Affine[row, column]);
                squares += difference * difference;
            }

            largest = Math.Max(largest, Math.Sqrt(squares));
        }

        return largest;
    }

    private Volume? TryRead(string path)
    {
        try
        {
            return VolumeFile.Read(path);
        }
        catch (InvalidFileException failure)
        {
            Add(FindingSeverity.Error, VerificationCheck.Readable, path, failure.Message.StartsWith($"{path}: ", StringComparison.Ordinal) ? failure.Message[(path.Length + 2)..].TrimEnd('.') : failure.Message);
            return null;
        }
    }

    private void Add(FindingSeverity severity, VerificationCheck check, string file, string message) =>
        _findings.Add(new VerificationFinding(severity, check, _case.Identifier, file, message));
}
