using System.Collections.Immutable;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Imaging.Preprocessing;

namespace STUNet.Training;

/// <summary>What one case contributes to the fingerprint of its data set.</summary>
internal sealed record CaseFingerprint(CropBox Box, Spacing Spacing, double RelativeSize, ImmutableArray<IntensityDraws> Draws)
{
    // One generator per case, as nnU-Net seeds it.
    private const uint Seed = 1234;

    /// <summary>Crops to what is not 0 and draws from the voxels that have a label above 0.</summary>
    public static CaseFingerprint Of(TrainingCase @case, int draws, WorkerPool pool)
    {
        TrainingVolumes volumes = @case.Read();
        CropBox box = NonzeroRegion.Find([.. volumes.Channels.Select(channel => (ReadOnlyMemory<float>)channel.Memory)], volumes.Labels.Size, pool).BoxOrWhole;
        int[] foreground = Foreground(volumes.Labels, box);
        float[] values = new float[foreground.Length];
        NumpyRandom random = new(Seed);
        ImmutableArray<IntensityDraws>.Builder drawn = ImmutableArray.CreateBuilder<IntensityDraws>(volumes.Channels.Length);
        foreach (Volume channel in volumes.Channels)
        {
            ReadOnlySpan<float> voxels = channel.Voxels;
            for (int i = 0; i < values.Length; i++)
                values[i] = voxels[foreground[i]];
            drawn.Add(IntensityDraws.Of(values, draws, random));
        }

        return new CaseFingerprint(
            box, volumes.Channels[0].Geometry.Spacing, (double)box.Size.Product / volumes.Labels.Size.Product, drawn.MoveToImmutable());
    }

    /// <summary>Indices of the voxels in the box with a label above 0, in memory order.</summary>
    private static int[] Foreground(LabelVolume labels, CropBox box)
    {
        List<int> indices = [];
        for (int z = box.Start.D; z < box.End.D; z++)
        {
            for (int y = box.Start.H; y < box.End.H; y++)
            {
                int row = ((z * labels.Size.H) + y) * labels.Size.W;
                for (int x = box.Start.W; x < box.End.W; x++)
                {
                    if (labels[row + x] > 0)
                        indices.Add(row + x);
                }
            }
        }

        return [.. indices];
    }
}
