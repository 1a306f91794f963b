using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// The head's weight as [class block][C][lanes]; classes that fill up the last block weigh 0.
/// </summary>
internal sealed record HeadPacking(int Classes, int Channels, int Lanes)
    : Packing($"head.{Classes}x{Channels}.lanes{Lanes}", (long)((Classes + Lanes - 1) / Lanes) * Channels * Lanes * sizeof(float))
{
    public override Step Bind(TensorView source, TensorView packed, Device device) => new PackStep(this, source, packed);

    private sealed unsafe class PackStep(HeadPacking packing, TensorView source, TensorView packed) : Step
    {
        public override void Run(RunContext context)
        {
            (int classes, int channels, int lanes) = (packing.Classes, packing.Channels, packing.Lanes);
            new Span<byte>(packed.Bytes, (int)packing.ByteLength).Clear();
            int pitch = source.Desc.ChannelPitch;
            for (int k = 0; k < classes; k++)
            {
                float* target = packed.Floats + ((long)(k / lanes) * channels * lanes) + (k % lanes);
                for (int c = 0; c < channels; c++)
                    target[c * lanes] = source.Floats[((long)k * pitch) + c];
            }
        }
    }
}
