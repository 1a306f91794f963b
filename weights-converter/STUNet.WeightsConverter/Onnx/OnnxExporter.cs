using System.Collections.Immutable;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Model;

namespace STUNet.WeightsConverter;

/// <summary>Writes networks as ONNX files (opset 17), for other runtimes and for comparing with them.</summary>
public static class OnnxExporter
{
    /// <summary>Name of the image among a model's inputs: float32 (N, channels, D, H, W).</summary>
    public const string ImageName = "image";

    /// <summary>Name of the full-resolution logits among a model's outputs: float32 (N, classes, D, H, W).</summary>
    public const string LogitsName = "logits";

    /// <summary>Ends the name of the file of weights that do not fit the model file.</summary>
    public const string WeightsExtension = ".data";

    /// <summary>Records a network for export: from <see cref="ImageName"/> to <see cref="LogitsName"/>.</summary>
    /// <param name="config">The architecture.</param>
    /// <param name="patch">Size of the image (z, y, x), a multiple of <see cref="StuNetConfig.TotalStride"/>.</param>
    /// <param name="batch">Batch.</param>
    /// <param name="allHeads">Whether the heads of lower resolution are outputs too, named <c>logits_1</c> (half the resolution) and so on.</param>
    /// <exception cref="ShapeException">The patch does not fit the strides.</exception>
    public static Tape Record(StuNetConfig config, Int3 patch, int batch = 1, bool allHeads = false)
    {
        Tape tape = new();
        Value image = tape.Input(ImageName, new TensorDesc(new Shape(batch, config.InputChannels, patch)));
        ImmutableArray<Value> heads = StuNet.Forward(tape, config, image);
        for (int head = 0; head < (allHeads ? heads.Length : 1); head++)
            tape.Output(head == 0 ? LogitsName : $"{LogitsName}_{head}", heads[head]);
        return tape;
    }

    /// <summary>
    /// Writes a recording under a temporary name, renamed when complete. Weights go through memory in pieces of about a megabyte; more of them than
    /// <see cref="OnnxExportOptions.MaxInlineBytes"/> go to a file of the same name and <see cref="WeightsExtension"/>. After a failure neither is left.
    /// </summary>
    /// <param name="path">The model file; replaced if it exists.</param>
    /// <param name="tape">Forward ops with outputs, as of <see cref="Record"/>.</param>
    /// <param name="parameters">Supplies the weights.</param>
    /// <param name="options">Metadata and limits; defaults where null.</param>
    /// <param name="progress">Told the bytes of weights written so far; may be null.</param>
    /// <param name="cancellation">Stops between two pieces.</param>
    /// <returns>The files written, the model first.</returns>
    /// <exception cref="StuNetException">An op has no translation, or a weight cannot be read; the message names it.</exception>
    public static IReadOnlyList<string> Write(
        string path, Tape tape, ParameterPieces parameters, OnnxExportOptions? options = null, IProgress<long>? progress = null, CancellationToken cancellation = default)
    {
        options ??= new OnnxExportOptions();
        OnnxGraph graph = new(tape);
        OnnxWeights weights = new(parameters, progress, cancellation);
        string weightsPath = path + WeightsExtension;
        bool isInline = graph.Tensors.Sum(tensor => tensor.ByteLength) <= options.MaxInlineBytes;
        OnnxModel model = new(graph, options.Metadata, isInline ? null : new OnnxExternalData(graph.Tensors, Path.GetFileName(weightsPath)));
        if (isInline)
        {
            AtomicFile.Write(path, stream => model.Write(stream, weights));
            return [path];
        }

        // The model is renamed last, and an older one goes before its weights do: no reader finds a model beside weights of another.
        bool hasWeights = false;
        try
        {
            AtomicFile.Write(path, stream =>
            {
                model.Write(stream, weights);
                AtomicFile.Write(weightsPath, data =>
                {
                    model.ExternalData!.Write(data, weights);
                    File.Delete(path);
                });
                hasWeights = true;
            });
        }
        catch when (hasWeights)
        {
            File.Delete(weightsPath);
            throw;
        }

        return [path, weightsPath];
    }
}
