using Microsoft.ML.OnnxRuntime;
using STUNet.Core;
using STUNet.TestKit.Ops;
using STUNet.WeightsConverter;

namespace STUNet.Benchmarks.Engines;

/// <summary>
/// ONNX Runtime's CPU provider with every graph optimisation, sequential execution and as many intra-op threads as the job has; input and output are
/// arrays bound once.
/// </summary>
internal sealed class OnnxRuntimeEngine : IEngine
{
    private InferenceSession? _session;
    private RunOptions? _run;
    private OrtValue? _image;
    private OrtValue? _result;
    private float[] _output = [];

    public string Version => $"ONNX Runtime {typeof(InferenceSession).Assembly.GetName().Version!.ToString(3)}";

    public ReadOnlySpan<float> Output => _output;

    public EngineReply Prepare(EngineJob job)
    {
        Dispose();
        OrtEnv.Instance().DisableTelemetryEvents();
        using SessionOptions options = new()
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            IntraOpNumThreads = job.Threads,
            InterOpNumThreads = 1,
        };
        // Threads wait spinning within a run, as by default, but not between runs, where other engines have their turn.
        options.AddSessionConfigEntry("session.force_spinning_stop", "1");
        _session = new InferenceSession(job.OnnxPath, options);
        _run = new RunOptions();
        Shape shape = new(1, 1, job.Patch);
        float[] image;
        if (job.Layer is null)
        {
            image = job.Image();
        }
        else
        {
            OpCase layer = ConvLayers.Find(job);
            (shape, image) = (ConvLayers.ImageShape(layer), ConvLayers.Image(layer));
        }

        long[] outputShape = [.. _session.OutputMetadata[OnnxExporter.LogitsName].Dimensions.Select(size => (long)size)];
        _output = new float[outputShape.Aggregate(1L, (product, size) => product * size)];
        _image = OrtValue.CreateTensorValueFromMemory(image, [shape.N, shape.C, shape.D, shape.H, shape.W]);
        _result = OrtValue.CreateTensorValueFromMemory(_output, outputShape);
        return new EngineReply { Kernel = "Conv" };
    }

    public void Run() => _session!.Run(_run!, [OnnxExporter.ImageName], [_image!], [OnnxExporter.LogitsName], [_result!]);

    public double? MeasurePeak() => null;

    public void Dispose()
    {
        _image?.Dispose();
        _result?.Dispose();
        _run?.Dispose();
        _session?.Dispose();
    }
}
