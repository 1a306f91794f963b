using STUNet.Core;
using STUNet.Engine;

namespace STUNet.Benchmarks.Engines;

/// <summary><c>engine NAME</c>: the process of one engine, started by the commands that compare engines.</summary>
internal static class EngineCommand
{
    /// <summary>The whole network by this repository.</summary>
    public const string OursPatch = "ours-patch";

    /// <summary>One convolution by this repository.</summary>
    public const string OursLayer = "ours-layer";

    /// <summary>A training step by this repository; a second word says what is recomputed.</summary>
    public const string OursTraining = "ours-training";

    /// <summary>Either by ONNX Runtime.</summary>
    public const string OnnxRuntime = "onnxruntime";

    public static int Run(string[] args) => EngineHost.Serve(args switch
    {
        [OursPatch] => () => new PatchEngine(),
        [OursLayer] => () => new LayerEngine(),
        [OursTraining, string recompute] => () => new TrainingEngine(Enum.Parse<Recompute>(recompute, ignoreCase: true)),
        [OnnxRuntime] => () => new OnnxRuntimeEngine(),
        _ => throw new InvalidRequestException($"engine takes one name: {OursPatch}, {OursLayer}, {OursTraining} nothing|cheap|blocks, or {OnnxRuntime}."),
    });
}
