using STUNet.Core;
using STUNet.Model;

namespace STUNet.Cli;

/// <summary>Inputs, layers and logits of a network, to be written in the form <see cref="GoldenLayers"/> reads.</summary>
internal sealed class LayerRecording
{
    private readonly List<TensorInfo> _tensors = [];
    private readonly Dictionary<string, float[]> _values = [];

    /// <summary>Number of tensors.</summary>
    public int Count => _tensors.Count;

    /// <summary>Adds one input with all its layers.</summary>
    public void Add(string number, Shape shape, float[] input, LayerRun run)
    {
        Add($"input.{number}", [shape.N, shape.C, shape.D, shape.H, shape.W], input);
        HashSet<string> heads = [.. Enumerable.Range(0, run.HeadCount).Select(run.Head)];
        foreach (string layer in run.Layers.Where(layer => !heads.Contains(layer)))
            Add($"layer.{number}.{layer}", run.ShapeOf(layer), run.Read(layer));
        for (int stage = 0; stage < run.HeadCount; stage++)
            Add($"logits.{number}.head.{stage}", run.ShapeOf(run.Head(stage)), run.Read(run.Head(stage)));
    }

    /// <summary>Writes the file, under a temporary name first.</summary>
    public void Write(string path, StuNetConfig config, CancellationToken cancellation) => SafetensorsWriter.Write(
        path,
        _tensors,
        (tensor, start, values) => _values[tensor.Name].AsSpan((int)start, values.Length).CopyTo(values),
        new Dictionary<string, string> { ["architecture"] = config.ToString() },
        cancellation);

    private void Add(string name, System.Collections.Immutable.ImmutableArray<int> shape, float[] values)
    {
        _tensors.Add(new TensorInfo(name, shape, ElementType.F32));
        _values.Add(name, values);
    }
}
