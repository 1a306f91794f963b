namespace STUNet.Kernels;

/// <summary>Filters side by side, one a lane: how every packing of weights begins. A filter's taps lie in a row in memory, so rows are read and transposed.</summary>
internal static unsafe class FilterLanes
{
    /// <summary>target[tap * lanes + lane] = filters[lane * pitch + tap] of the real lanes, 0 of those past them.</summary>
    /// <param name="filters">First tap of lane 0.</param>
    /// <param name="pitch">Elements from one lane's filter to the next.</param>
    /// <param name="real">Lanes that have a filter.</param>
    /// <param name="lanes">All lanes.</param>
    /// <param name="taps">Taps of a filter.</param>
    /// <param name="target">Room for all taps of all lanes.</param>
    public static void Load(float* filters, nint pitch, int real, int lanes, int taps, float* target)
    {
        int whole = real / 4 * 4;
        for (int lane = 0; lane < whole; lane += 4)
        {
            float* filter = filters + (lane * pitch);
            ChannelTranspose.Run(filter, filter + pitch, filter + (2 * pitch), filter + (3 * pitch), target + lane, lanes, taps);
        }

        for (int lane = whole; lane < lanes; lane++)
        {
            for (int tap = 0; tap < taps; tap++)
                target[(tap * lanes) + lane] = lane < real ? filters[(lane * pitch) + tap] : 0;
        }
    }
}
