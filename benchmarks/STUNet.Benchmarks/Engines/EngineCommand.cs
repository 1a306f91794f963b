using STUNet.Core;

namespace STUNet.Benchmarks.Engines;

/// <summary><c>engine NAME</c>: the process of one engine, started by the commands that compare engines.</summary>
internal static class EngineCommand
{
    /// <summary>The whole network by this repository.</summary>
    public const string OursPatch = "ours-patch";

    /// <summary>One convolution by this repository.</summary>
    public const string OursLayer = "ours-layer";

    /// <summary>Either by ONNX Runtime.</summary>
    public const string OnnxRuntime = "onnxruntime";

    public static int Run(string[] args) => EngineHost.Serve(args switch
    {
        [OursPatch] => () => new PatchEngine(),
        [OursLayer] => () => new LayerEngine(),
        [OnnxRuntime] => () => new OnnxRuntimeEngine(),
        _ => throw new InvalidRequestException($"engine takes one name: {OursPatch}, {OursLayer} or {OnnxRuntime}."),
    });
}
