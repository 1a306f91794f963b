using System.Collections.Immutable;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Imaging.Preprocessing;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>
/// Brings training cases to the network's grid as nnU-Net does: crop to nonzero, mark background outside of it with -1, transpose, resample image and
/// label map, and normalise, before resampling (v2) or after it (v1).
/// </summary>
/// <param name="recipe">The settings.</param>
/// <param name="pool">The workers; the result does not depend on their number.</param>
internal sealed class TrainingPreprocessor(PreprocessingRecipe recipe, WorkerPool pool)
{
    private bool IsVersion1 => recipe.Version == NnunetVersion.V1;

    /// <summary>Preprocesses one case.</summary>
    /// <param name="case">The case; only read.</param>
    /// <param name="cancellation">Stops between two channels.</param>
    /// <exception cref="InvalidRequestException">The case does not fit the plan.</exception>
    public PreprocessedVolumes Run(TrainingVolumes @case, CancellationToken cancellation = default)
    {
        VolumeGeometry geometry = @case.Channels[0].Geometry;
        NonzeroRegion region = NonzeroRegion.Find([.. @case.Channels.Select(channel => (ReadOnlyMemory<float>)channel.Memory)], geometry.Size, pool);
        CropBox box = IsVersion1 ? region.RequireBox() : region.BoxOrWhole;
        Spacing target = recipe.TargetFor(geometry.Spacing);
        GridChange grid = GridChange.Of(box, geometry.Spacing, recipe.Forward, target, recipe.SeparateImageAxis);
        short[] cropped = CroppedLabels(@case.Labels, region, grid);
        short[] labels = new short[grid.NewSize.Product];
        int? separate = ResamplingGeometry.SeparateAxis(recipe.Forward.Apply(geometry.Spacing), target, recipe.SeparateLabelAxis);
        LabelResampler.Resample<short>(cropped, grid.CroppedSize, labels, grid.NewSize, recipe.LabelOrder, separate, pool);
        sbyte[] outside = recipe.Channels.Any(rule => rule.UseMask) ? Array.ConvertAll(IsVersion1 ? labels : cropped, label => (sbyte)(label < 0 ? -1 : 0)) : [];
        CaseProperties properties = new()
        {
            OriginalSize = geometry.Size,
            OriginalSpacing = geometry.Spacing,
            Affine = geometry.Affine,
            Box = box,
            TransposeForward = [recipe.Forward[0], recipe.Forward[1], recipe.Forward[2]],
            Spacing = target,
        };
        return new PreprocessedVolumes(properties, grid.NewSize, Image(@case, grid, outside, cancellation), labels);
    }

    private short[] CroppedLabels(LabelVolume volume, NonzeroRegion region, GridChange grid)
    {
        short[] labels = new short[grid.Box.Size.Product];
        HashSet<uint> allowed = [.. recipe.Labels.Select(label => (uint)label)];
        int to = 0;
        for (int z = grid.Box.Start.D; z < grid.Box.End.D; z++)
        {
            for (int y = grid.Box.Start.H; y < grid.Box.End.H; y++)
            {
                int row = ((z * volume.Size.H) + y) * volume.Size.W;
                for (int x = grid.Box.Start.W; x < grid.Box.End.W; x++)
                {
                    uint label = volume[row + x];
                    if ((to == 0 || label != (uint)labels[to - 1]) && !allowed.Contains(label))
                    {
                        throw new InvalidRequestException(
                            $"The label map has the value {label} at (z, y, x) = ({z}, {y}, {x}), which {DatasetDescription.FileName} does not declare; correct one of them.");
                    }

                    labels[to++] = (short)label;
                }
            }
        }

        region.MarkOutside(labels, grid.Box);
        short[] transposed = new short[labels.Length];
        grid.Forward.Apply<short>(labels, grid.Box.Size, transposed, pool);
        return transposed;
    }

    private ImmutableArray<NativeFloats> Image(TrainingVolumes @case, GridChange grid, sbyte[] outside, CancellationToken cancellation)
    {
        ChannelPreprocessor preprocessor = new(grid, IsVersion1 ? NormalizationTime.AfterResampling : NormalizationTime.BeforeResampling, pool) { Order = recipe.ImageOrder };
        List<NativeFloats> channels = [];
        try
        {
            foreach ((Volume channel, IntensityRule rule) in @case.Channels.Zip(recipe.Channels))
            {
                cancellation.ThrowIfCancellationRequested();
                NativeFloats target = new(grid.NewSize);
                channels.Add(target);
                preprocessor.Run(channel.Memory, channel.Size, target.Memory, rule, outside);
            }
        }
        catch
        {
            foreach (NativeFloats channel in channels)
                ((IDisposable)channel).Dispose();
            throw;
        }

        return [.. channels];
    }
}
