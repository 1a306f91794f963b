using Microsoft.ML.OnnxRuntime;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.WeightsConverter;

namespace STUNet.Tests.WeightsConverter.Onnx;

/// <summary>Runs exported files with ONNX Runtime, an independent implementation, and networks with our plan.</summary>
internal static class OnnxRun
{
    /// <summary>All outputs of a model file by name, dense NCDHW, for one image.</summary>
    public static Dictionary<string, float[]> WithOnnxRuntime(string path, Shape shape, float[] image)
    {
        OrtEnv.Instance().DisableTelemetryEvents();
        using SessionOptions options = new() { IntraOpNumThreads = 2, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        using InferenceSession session = new(path, options);
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(image, [shape.N, shape.C, shape.D, shape.H, shape.W]);
        using RunOptions run = new();
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(run, [OnnxExporter.ImageName], [input], session.OutputNames);
        return session.OutputNames.Zip(results).ToDictionary(pair => pair.First, pair => pair.Second.GetTensorDataAsSpan<float>().ToArray());
    }

    /// <summary>The same by our plan.</summary>
    public static Dictionary<string, float[]> WithPlan(Tape tape, IParameterSource parameters, float[] image)
    {
        using CpuDevice device = new(2);
        using CompiledModel model = new(device, parameters);
        using Plan plan = model.CreatePlan(tape);
        plan.Write(device, OnnxExporter.ImageName, image);
        plan.Run().Wait();
        return tape.Outputs.Keys.ToDictionary(name => name, name => plan.Read(device, name));
    }

    /// <summary>
    /// Asserts that two runtimes agree within 1e-4 of the largest logit. Both sum in float32 in an order of their own: a normalised layer then
    /// differs by some sqrt(terms) * 2^-24 of its scale, 1e-6 at a few hundred terms, and tens of layers with instance norms in between add to some 1e-5.
    /// </summary>
    public static void Agree(Dictionary<string, float[]> expected, Dictionary<string, float[]> actual)
    {
        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), actual.Keys.Order(StringComparer.Ordinal));
        foreach ((string name, float[] values) in expected)
        {
            Assert.Equal(values.Length, actual[name].Length);
            double scale = values.Max(MathF.Abs);
            double difference = values.Zip(actual[name], (a, b) => Math.Abs(a - b)).Max();
            Assert.True(scale > 0.1, $"{name}: the largest logit is {scale}; a network of zeros proves nothing");
            Assert.True(difference <= 1e-4 * scale, $"{name}: differs by {difference} at a scale of {scale}");
        }
    }
}
