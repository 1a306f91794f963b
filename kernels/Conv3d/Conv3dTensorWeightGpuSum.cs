using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="Conv3dTensorWeightGpuSum"/>'s body is told.</summary>
internal struct Conv3dTensorWeightSumArguments
{
    public ArrayView<float> Parts;
    public ArrayView<float> Weight;
    public int PartCount;
    public int Rows;
    public int Taps;
    public int InputChannels;
    public int OutputChannels;
    public int FirstChannels;

    /// <summary>Rows of one tap in the first source, filled up, and in both.</summary>
    public int FirstRows;
    public int RowsOfTap;
    public int Count;
}

/// <summary>
/// The second pass of the weight gradient: dw[oc, ic, tap] = sum over parts, in order, of parts[part, row of (tap, ic), oc], with its rounding error carried along. One
/// thread computes one element, output channel fastest, so that parts are read in runs.
/// </summary>
internal static class Conv3dTensorWeightGpuSum
{
    /// <summary>The kernel body.</summary>
    public static Action<Conv3dTensorWeightSumArguments> Body => Add;

    /// <summary>The launch.</summary>
    /// <param name="device">The device.</param>
    /// <param name="arguments">All but the number of threads.</param>
    public static Step Bind(GpuDevice device, Conv3dTensorWeightSumArguments arguments)
    {
        arguments.Count = checked(arguments.Taps * arguments.InputChannels * arguments.OutputChannels);
        return new GpuStep<Conv3dTensorWeightSumArguments>(device, Body, GpuLaunch.OneThreadPer(arguments.Count), arguments, GpuLaunch.KeepArguments);
    }

    private static void Add(Conv3dTensorWeightSumArguments k)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= k.Count)
            return;
        int oc = i % k.OutputChannels;
        int ic = i / k.OutputChannels % k.InputChannels;
        int tap = i / k.OutputChannels / k.InputChannels;
        int row = (tap * k.RowsOfTap) + (ic < k.FirstChannels ? ic : k.FirstRows + ic - k.FirstChannels);
        GpuSum sum = default;
        for (int part = 0; part < k.PartCount; part++)
            sum.Add(k.Parts[(((part * k.Rows) + row) * k.OutputChannels) + oc]);
        k.Weight[(((oc * k.InputChannels) + ic) * k.Taps) + tap] = sum.Value;
    }
}
