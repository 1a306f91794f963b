using STUNet.Core;

namespace STUNet.Imaging.Preprocessing;

/// <summary>
/// Normalises one channel in place. Sums run in double over blocks of fixed length that are added in order, so the bits do not depend on the
/// number of workers; each voxel is computed in double and rounded once.
/// </summary>
public static class IntensityNormalization
{
    private const int Block = 1 << 16;
    private const double Epsilon = 1e-8;

    /// <summary>Normalises one channel.</summary>
    /// <param name="channel">The intensities; overwritten.</param>
    /// <param name="scheme">The scheme.</param>
    /// <param name="outside">Per voxel, negative outside the nonzero region; empty if the plans use no mask for this channel.</param>
    /// <param name="dataset">Intensities of the dataset; needed by the CT schemes.</param>
    /// <param name="pool">The workers.</param>
    /// <exception cref="InvalidRequestException">
    /// The CT schemes without statistics, CT2 on an image without two different intensities between the percentiles, or RGB values outside [0, 255].
    /// </exception>
    public static void Apply(
        Memory<float> channel, NormalizationScheme scheme, ReadOnlyMemory<sbyte> outside, IntensityStatistics? dataset, WorkerPool pool)
    {
        if (!outside.IsEmpty)
            ArgumentOutOfRangeException.ThrowIfNotEqual(outside.Length, channel.Length);
        Pass pass = new(channel, outside, pool);
        switch (scheme)
        {
            case NormalizationScheme.NonCt:
                (double mean, double std) = pass.MeanAndStd(double.NegativeInfinity, double.PositiveInfinity, inclusive: true, outside);
                pass.Scale(new(double.NegativeInfinity, double.PositiveInfinity, mean, std + Epsilon), Outside.BecomesZero);
                break;
            case NormalizationScheme.ZScore:
                (mean, std) = pass.MeanAndStd(double.NegativeInfinity, double.PositiveInfinity, inclusive: true, outside);
                pass.Scale(new(double.NegativeInfinity, double.PositiveInfinity, mean, Math.Max(std, Epsilon)), Outside.Stays);
                break;
            case NormalizationScheme.Ct:
                IntensityStatistics known = Required(dataset, scheme);
                pass.Scale(new(known.Percentile005, known.Percentile995, known.Mean, known.StandardDeviation), Outside.BecomesZero);
                break;
            case NormalizationScheme.CtVersion2:
                known = Required(dataset, scheme);
                pass.Scale(new(known.Percentile005, known.Percentile995, known.Mean, Math.Max(known.StandardDeviation, Epsilon)), Outside.IsTreatedAlike);
                break;
            case NormalizationScheme.Ct2:
                known = Required(dataset, scheme);
                (mean, std) = pass.MeanAndStd(known.Percentile005, known.Percentile995, inclusive: false, default);
                if (!(std > 0))
                    throw new InvalidRequestException($"The normalisation CT2 needs different intensities between {known.Percentile005} and {known.Percentile995}, but the image has none; check that it is a CT in Hounsfield units.");
                pass.Scale(new(known.Percentile005, known.Percentile995, mean, std), Outside.BecomesZero);
                break;
            case NormalizationScheme.RescaleTo01:
                (double min, double max) = pass.Range();
                pass.Scale(new(double.NegativeInfinity, double.PositiveInfinity, min, Math.Max(max - min, Epsilon)), Outside.IsTreatedAlike);
                break;
            case NormalizationScheme.RgbTo01:
                (min, max) = pass.Range();
                if (min < 0 || max > 255)
                    throw new InvalidRequestException($"RGBTo01Normalization needs intensities from 0 to 255, but the image has {min} to {max}; rescale the image or use a model with another normalisation.");
                pass.Scale(new(double.NegativeInfinity, double.PositiveInfinity, 0, 255), Outside.IsTreatedAlike);
                break;
            case NormalizationScheme.None:
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(scheme));
        }
    }

    private static IntensityStatistics Required(IntensityStatistics? dataset, NormalizationScheme scheme) => dataset
        ?? throw new InvalidRequestException($"The normalisation {scheme} needs the dataset's intensity statistics, which the plans lack; use a model with complete plans.");

    private enum Outside
    {
        IsTreatedAlike,
        BecomesZero,
        Stays,
    }

    private sealed class Pass(Memory<float> channel, ReadOnlyMemory<sbyte> outside, WorkerPool pool)
    {
        private int Blocks => (channel.Length + Block - 1) / Block;

        /// <summary>Mean and population deviation of the voxels between two limits and, with marks, not outside.</summary>
        public (double Mean, double Std) MeanAndStd(double low, double high, bool inclusive, ReadOnlyMemory<sbyte> marks)
        {
            // Sums are taken relative to one voxel of the image: it keeps digits, and a constant image gives its value and 0 exactly.
            double origin = channel.IsEmpty ? 0 : channel.Span[0];
            (double sum, long count) = Sum(origin, power: 1);
            double mean = origin + sum / count;
            (double squares, _) = Sum(mean, power: 2);
            return (mean, Math.Sqrt(squares / count));

            (double Sum, long Count) Sum(double shift, int power)
            {
                (double Sum, long Count)[] parts = new (double, long)[Blocks];
                pool.Run(parts.Length, block =>
                {
                    (int start, int length) = Bounds(block);
                    ReadOnlySpan<float> values = channel.Span.Slice(start, length);
                    parts[block] = inclusive && marks.IsEmpty
                        ? (ShiftedSum.OfAll(values, shift, power), length)
                        : ShiftedSum.OfSome(values, marks.IsEmpty ? default : marks.Span.Slice(start, length), low, high, inclusive, shift, power);
                });
                return parts.Aggregate((Sum: 0.0, Count: 0L), (total, part) => (total.Sum + part.Sum, total.Count + part.Count));
            }
        }

        public (double Min, double Max) Range()
        {
            (float Min, float Max)[] parts = new (float, float)[Blocks];
            pool.Run(parts.Length, block =>
            {
                (int start, int length) = Bounds(block);
                (float min, float max) = (float.PositiveInfinity, float.NegativeInfinity);
                foreach (float value in channel.Span.Slice(start, length))
                    (min, max) = (Math.Min(min, value), Math.Max(max, value));
                parts[block] = (min, max);
            });
            return (parts.Min(part => part.Min), parts.Max(part => part.Max));
        }

        /// <summary>Scales what is not outside.</summary>
        public void Scale(IntensityScaling scaling, Outside rule) => pool.Run(Blocks, block =>
        {
            (int start, int length) = Bounds(block);
            Span<float> values = channel.Span.Slice(start, length);
            ReadOnlySpan<sbyte> marks = outside.IsEmpty || rule == Outside.IsTreatedAlike ? default : outside.Span.Slice(start, length);
            for (int from = 0, to; from < values.Length; from = to)
            {
                // Inside and outside come in long runs.
                to = marks.IsEmpty ? values.Length : EndOfRun(marks, from);
                if (marks.IsEmpty || marks[from] >= 0)
                    scaling.Apply(values[from..to]);
                else if (rule == Outside.BecomesZero)
                    values[from..to].Clear();
            }
        });

        private static int EndOfRun(ReadOnlySpan<sbyte> marks, int from)
        {
            int to = from + 1;
            while (to < marks.Length && marks[to] < 0 == marks[from] < 0)
                to++;
            return to;
        }

        private (int Start, int Length) Bounds(int block) => (block * Block, Math.Min(Block, channel.Length - block * Block));
    }
}
