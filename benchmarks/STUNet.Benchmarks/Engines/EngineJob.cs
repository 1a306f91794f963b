using STUNet.Core;
using STUNet.Model;

namespace STUNet.Benchmarks.Engines;

/// <summary>
/// What an engine is to time: a published network with the seeded weights of <see cref="InitialParameters"/>, or with <paramref name="Layer"/> one of
/// its convolutions. Every engine makes the same input from it.
/// </summary>
/// <param name="Size">Size of the network.</param>
/// <param name="Patch">Size of the image (z, y, x).</param>
/// <param name="Classes">Outputs of the network.</param>
/// <param name="Threads">Threads the engine may use.</param>
/// <param name="OnnxPath">The network or layer as an ONNX file, for engines that read one; empty where none does.</param>
/// <param name="Layer">Problem string of a convolution; null for the whole network.</param>
/// <param name="Batch">Images at the same time.</param>
internal sealed record EngineJob(StuNetSize Size, Int3 Patch, int Classes, int Threads, string OnnxPath, string? Layer = null, int Batch = 1)
{
    private const long Seed = 0;

    /// <summary>The architecture, with one image channel.</summary>
    public StuNetConfig Network() => StuNetConfig.Of(Size, inputChannels: 1, Classes);

    /// <summary>The weights.</summary>
    public InitialParameters Weights() => new(Network(), InitialisationScheme.V1, Seed);

    /// <summary>The images, NCDHW, uniform in [-1, 1): zeros and denormals would time another computation.</summary>
    public float[] Image()
    {
        Random random = new((int)Seed + 1);
        float[] image = new float[Batch * Patch.Product];
        for (int i = 0; i < image.Length; i++)
            image[i] = (2 * random.NextSingle()) - 1;
        return image;
    }
}
