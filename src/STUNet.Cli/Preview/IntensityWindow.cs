using STUNet.Imaging;

namespace STUNet.Cli;

/// <summary>Which intensities become black and white.</summary>
/// <param name="Low">Shown black.</param>
/// <param name="High">Shown white.</param>
internal readonly record struct IntensityWindow(float Low, float High)
{
    private const float AirHu = -900;
    private const int Samples = 100_000;

    /// <summary>A soft-tissue window where the values look like CT (air is there), else from the 1st to the 99th percentile.</summary>
    public static IntensityWindow Of(Volume image)
    {
        Span<float> voxels = image.Voxels;
        int step = Math.Max(1, voxels.Length / Samples);
        List<float> values = [];
        for (int i = 0; i < voxels.Length; i += step)
            values.Add(voxels[i]);
        values.Sort();
        if (values[0] <= AirHu)
            return new IntensityWindow(-200, 300);
        float low = values[values.Count / 100];
        float high = values[^((values.Count / 100) + 1)];
        return new IntensityWindow(low, high > low ? high : low + 1);
    }

    /// <summary>0 for black to 255 for white.</summary>
    public byte Gray(float value) => (byte)Math.Clamp(255 * (value - Low) / (High - Low), 0, 255);
}
