using STUNet.Core;

namespace STUNet.Model;

/// <summary>The parameters of a STU-Net by their published names, in the order of the published state dicts.</summary>
public static class StuNetParameters
{
    /// <summary>All parameters with their shapes: encoder, upsampling layers, decoder, segmentation heads.</summary>
    /// <param name="config">The architecture.</param>
    public static IEnumerable<StuNetParameter> Enumerate(StuNetConfig config)
    {
        int levels = config.Stages - 1;
        return
        [
            .. Enumerable.Range(0, config.Stages).SelectMany(stage => Stage(
                EncoderStage(stage),
                stage == 0 ? config.InputChannels : config.Dims[stage - 1],
                config.Dims[stage],
                config.Depth[stage],
                config.Kernels[stage])),
            .. Enumerable.Range(0, levels).SelectMany(level => Convolution(
                UpsampleConvolution(level), config.Dims[levels - level], config.Dims[levels - 1 - level], Int3.One)),
            .. Enumerable.Range(0, levels).SelectMany(level => Stage(
                DecoderStage(level),
                2 * config.Dims[levels - 1 - level],
                config.Dims[levels - 1 - level],
                config.Depth[levels - 1 - level],
                config.Kernels[levels - 1 - level])),
            .. Enumerable.Range(0, levels).SelectMany(level => Convolution(
                Head(level), config.Dims[levels - 1 - level], config.Classes, Int3.One)),
        ];
    }

    /// <summary>Number of values in all parameters.</summary>
    /// <param name="config">The architecture.</param>
    public static long Count(StuNetConfig config) => Enumerate(config).Sum(parameter => parameter.Count);

    /// <summary>Prefix of an encoder stage; its block b is <c>{prefix}.{b}</c>.</summary>
    /// <param name="stage">0 at full resolution.</param>
    public static string EncoderStage(int stage) => $"conv_blocks_context.{stage}";

    /// <summary>Prefix of a decoder level; its block b is <c>{prefix}.{b}</c>.</summary>
    /// <param name="level">0 is the deepest; level u works at the resolution of stage <c>Stages - 2 - u</c>.</param>
    public static string DecoderStage(int level) => $"conv_blocks_localization.{level}";

    /// <summary>Prefix of the 1x1x1 convolution behind an upsampling.</summary>
    /// <param name="level">Decoder level, 0 is the deepest.</param>
    public static string UpsampleConvolution(int level) => $"upsample_layers.{level}.conv";

    /// <summary>Prefix of a segmentation head.</summary>
    /// <param name="level">Decoder level, 0 is the deepest; the last is at full resolution.</param>
    public static string Head(int level) => $"seg_outputs.{level}";

    private static IEnumerable<StuNetParameter> Stage(string prefix, int inputs, int outputs, int depth, Int3 kernel)
    {
        for (int block = 0; block < depth; block++)
        {
            foreach (StuNetParameter parameter in Block($"{prefix}.{block}", block == 0 ? inputs : outputs, outputs, kernel, shortcut: block == 0))
                yield return parameter;
        }
    }

    private static IEnumerable<StuNetParameter> Block(string prefix, int inputs, int outputs, Int3 kernel, bool shortcut) =>
    [
        .. Convolution($"{prefix}.conv1", inputs, outputs, kernel),
        .. Norm($"{prefix}.norm1", outputs),
        .. Convolution($"{prefix}.conv2", outputs, outputs, kernel),
        .. Norm($"{prefix}.norm2", outputs),
        .. shortcut ? Convolution($"{prefix}.conv3", inputs, outputs, Int3.One) : [],
    ];

    private static StuNetParameter[] Convolution(string prefix, int inputs, int outputs, Int3 kernel) =>
    [
        new($"{prefix}.weight", [outputs, inputs, kernel.D, kernel.H, kernel.W]),
        new($"{prefix}.bias", [outputs]),
    ];

    private static StuNetParameter[] Norm(string prefix, int channels) =>
    [
        new($"{prefix}.weight", [channels]),
        new($"{prefix}.bias", [channels]),
    ];
}
