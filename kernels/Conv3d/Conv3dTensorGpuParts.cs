using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="Conv3dTensorGpuParts"/>'s body is told. The two views of the output are the same memory.</summary>
internal struct Conv3dTensorPartsArguments
{
    public ArrayView<float> Parts;
    public ArrayView<float> Bias;
    public ArrayView<float> Floats;
    public ArrayView<ushort> Halves;
    public int Type;
    public int PartCount;
    public int Channels;
    public int Pitch;
    public int Count;

    /// <summary>Whether there is a bias.</summary>
    public int HasBias;
}

/// <summary>
/// The second pass of a split sum: y[voxel, oc] = bias[oc] + sum over parts, in order, of parts[part, voxel, oc]. One thread computes one element, channel
/// fastest.
/// </summary>
internal static class Conv3dTensorGpuParts
{
    /// <summary>The kernel body.</summary>
    public static Action<Conv3dTensorPartsArguments> Body => Add;

    /// <summary>The launch.</summary>
    /// <param name="device">The device.</param>
    /// <param name="parts">[part, voxel, oc].</param>
    /// <param name="count">Number of parts.</param>
    /// <param name="bias">The bias; null for none.</param>
    /// <param name="y">The output.</param>
    public static Step Bind(GpuDevice device, ArrayView<float> parts, int count, ArrayView<float>? bias, TensorView y)
    {
        Shape shape = y.Desc.Shape;
        Conv3dTensorPartsArguments arguments = new()
        {
            Parts = parts,
            Bias = bias ?? parts,
            HasBias = bias is null ? 0 : 1,
            Floats = GpuTensor.BytesOf<float>(y),
            Halves = GpuTensor.BytesOf<ushort>(y),
            Type = (int)y.Desc.DType,
            PartCount = count,
            Channels = shape.C,
            Pitch = y.Desc.ChannelPitch,
            Count = (int)shape.Count,
        };
        return new GpuStep<Conv3dTensorPartsArguments>(device, Body, GpuLaunch.OneThreadPer(shape.Count), arguments, GpuLaunch.KeepArguments);
    }

    private static void Add(Conv3dTensorPartsArguments k)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= k.Count)
            return;
        int channel = i % k.Channels;
        float sum = k.HasBias != 0 ? k.Bias[channel] : 0;
        for (int part = 0; part < k.PartCount; part++)
            sum += k.Parts[(part * k.Count) + i];
        int element = (i / k.Channels * k.Pitch) + channel;
        if (k.Type == (int)DType.F32)
            k.Floats[element] = sum;
        else if (k.Type == (int)DType.F16)
            k.Halves[element] = (ushort)GpuFloatBits.ToHalf(Interop.FloatAsInt(sum));
        else
            k.Halves[element] = (ushort)GpuFloatBits.ToBFloat16(Interop.FloatAsInt(sum));
    }
}
