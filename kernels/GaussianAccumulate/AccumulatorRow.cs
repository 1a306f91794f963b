using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Where one row (d, h) of a window goes, mirrored back: x position w of the window is <c>First + w * Step</c>.</summary>
internal readonly unsafe ref struct AccumulatorRow
{
    public AccumulatorRow(in RunArguments run, Int3 patch, TensorView importance, int d, int h)
    {
        int z = (run.Flip & FlipAxes.Z) == 0 ? d : patch.D - 1 - d;
        int y = (run.Flip & FlipAxes.Y) == 0 ? h : patch.H - 1 - h;
        bool mirrored = (run.Flip & FlipAxes.X) != 0;
        VolumeBinding sums = run.Accumulator;
        long row = ((long)((run.WindowOrigin.D + z) % sums.Size.D) * sums.Size.H) + run.WindowOrigin.H + y;
        long first = mirrored ? patch.W - 1 : 0;
        Sums = sums.Floats + (((row * sums.Size.W) + run.WindowOrigin.W + first) * sums.Channels);
        SumsStep = mirrored ? -sums.Channels : sums.Channels;
        int pitch = importance.Desc.ChannelPitch;
        Importance = importance.Floats + ((((((long)z * patch.H) + y) * patch.W) + first) * pitch);
        ImportanceStep = mirrored ? -pitch : pitch;
        Channels = sums.Channels;
    }

    /// <summary>Accumulator elements of the window's x = 0.</summary>
    public float* Sums { get; }

    /// <summary>Elements to the next x of the window.</summary>
    public int SumsStep { get; }

    /// <summary>Importance of the window's x = 0.</summary>
    public float* Importance { get; }

    /// <summary>Elements to the next x of the window.</summary>
    public int ImportanceStep { get; }

    /// <summary>Elements of one accumulator voxel.</summary>
    public int Channels { get; }

    /// <summary>Adds weight times the classes of one voxel, and the weight itself behind them.</summary>
    public static void Add<TIsa, V>(float* sums, float* classes, int count, float scale, float weight)
        where TIsa : struct, IVectorIsa<V>
        where V : struct
    {
        V factor = TIsa.Broadcast(scale);
        if (count < TIsa.Lanes)
        {
            for (int k = 0; k < count; k++)
                sums[k] += scale * classes[k];
            sums[count] += weight;
            return;
        }

        // The last vector ends with the last class and overlaps the one before; it is computed before that one is stored.
        int last = count - TIsa.Lanes;
        V tail = TIsa.MultiplyAdd(TIsa.Load(classes + last), factor, TIsa.Load(sums + last));
        for (int k = 0; k < last; k += TIsa.Lanes)
            TIsa.Store(sums + k, TIsa.MultiplyAdd(TIsa.Load(classes + k), factor, TIsa.Load(sums + k)));
        TIsa.Store(sums + last, tail);
        sums[count] += weight;
    }
}
