using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// What applying an instance norm needs of every sample and channel: [n][mean, rstd * gamma, beta][channel], zero in padded channels. Whoever reads
/// the normalised tensor may apply it while loading: max(v, slope * v) with v = (x - mean) * scale + shift.
/// </summary>
internal static unsafe class InstanceNormTable
{
    /// <summary>Rows of a sample: mean, scale, shift.</summary>
    public const int Rows = 3;

    /// <summary>Size of the table.</summary>
    /// <param name="source">The tensor that is normalised.</param>
    public static long ByteLength(TensorDesc source) => (long)source.Shape.N * Rows * source.ChannelPitch * sizeof(float);

    /// <summary>Fills the table.</summary>
    /// <param name="table">Where.</param>
    /// <param name="source">The tensor that is normalised.</param>
    /// <param name="statistics">Output of <see cref="InstanceNormStatisticsOp"/>.</param>
    /// <param name="gamma">Factors.</param>
    /// <param name="beta">Summands.</param>
    public static void Fill(float* table, TensorDesc source, TensorView statistics, TensorView gamma, TensorView beta)
    {
        int pitch = source.ChannelPitch;
        int statisticsPitch = statistics.Desc.ChannelPitch;
        for (int n = 0; n < source.Shape.N; n++, table += Rows * pitch)
        {
            float* mean = statistics.Floats + ((long)n * 2 * statisticsPitch);
            new Span<float>(table, Rows * pitch).Clear();
            for (int c = 0; c < source.Shape.C; c++)
            {
                table[c] = mean[c];
                table[pitch + c] = mean[statisticsPitch + c] * gamma.Floats[c];
                table[(2 * pitch) + c] = beta.Floats[c];
            }
        }
    }
}
