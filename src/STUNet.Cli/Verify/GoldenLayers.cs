using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using STUNet.Core;
using STUNet.Model;

namespace STUNet.Cli;

/// <summary>
/// A safetensors file of expected values: <c>input.I</c> (NCDHW), <c>logits.I.head.H</c> (H = 0 for full resolution) and <c>layer.I.LABEL</c>;
/// optionally the parameters, as <c>param.NAME</c>.
/// </summary>
internal sealed partial class GoldenLayers : IDisposable
{
    private const string ParameterPrefix = "param.";
    private readonly SafetensorsReader _file;
    private readonly Dictionary<string, TensorInfo> _tensors;

    /// <summary>Opens the file.</summary>
    /// <exception cref="InvalidFileException">No input in it.</exception>
    public GoldenLayers(string path)
    {
        _file = new SafetensorsReader(path);
        _tensors = _file.Tensors.ToDictionary(tensor => tensor.Name);
        Inputs = [.. _file.Tensors.Where(tensor => InputName().IsMatch(tensor.Name)).Select(tensor => tensor.Name["input.".Length..])];
        if (Inputs.IsEmpty)
        {
            _file.Dispose();
            throw new InvalidFileException(path, "input.0", "the file has no such tensor", "give a golden file, or one that verify --record wrote");
        }
    }

    /// <summary>Numbers of the inputs, as text.</summary>
    public ImmutableArray<string> Inputs { get; }

    /// <summary>Whether the file has parameters of its own.</summary>
    public bool HasParameters => _file.Tensors.Any(tensor => tensor.Name.StartsWith(ParameterPrefix, StringComparison.Ordinal));

    /// <summary>The parameters in the file.</summary>
    public Engine.IParameterSource Parameters => new ParametersInside(_file);

    /// <summary>The network the parameters in the file belong to.</summary>
    /// <param name="strides">Its strides, which parameters do not show.</param>
    public StuNetConfig Architecture(IEnumerable<Int3> strides) => StuNetConfig.FromTensorShapes(
        _file.Tensors
            .Where(tensor => tensor.Name.StartsWith(ParameterPrefix, StringComparison.Ordinal))
            .ToDictionary(tensor => tensor.Name[ParameterPrefix.Length..], tensor => tensor.Shape),
        strides,
        _file.Path);

    /// <summary>Shape of an input.</summary>
    /// <exception cref="InvalidFileException">Not five sizes.</exception>
    public Shape InputShape(string number)
    {
        ImmutableArray<int> sizes = _tensors[$"input.{number}"].Shape;
        return sizes is [int n, int c, int d, int h, int w]
            ? new Shape(n, c, d, h, w)
            : throw new InvalidFileException(_file.Path, $"input.{number}", $"expected five sizes (N, C, D, H, W), found [{string.Join(", ", sizes)}]");
    }

    /// <summary>An input's values.</summary>
    public float[] Input(string number) => Read($"input.{number}");

    /// <summary>What the file expects for an input: its tensor's name and the layer it belongs to.</summary>
    /// <param name="number">The input.</param>
    /// <param name="run">The network, for the labels of its heads.</param>
    public IEnumerable<(string Tensor, string Layer)> Expected(string number, LayerRun run)
    {
        foreach (TensorInfo tensor in _file.Tensors)
        {
            Match head = HeadName().Match(tensor.Name);
            if (head.Success && head.Groups["input"].Value == number)
            {
                int stage = int.Parse(head.Groups["head"].Value, CultureInfo.InvariantCulture);
                if (stage >= run.HeadCount)
                    throw new InvalidFileException(_file.Path, tensor.Name, $"the network has {run.HeadCount} heads", "give the model this file belongs to");
                yield return (tensor.Name, run.Head(stage));
            }
            else if (tensor.Name.StartsWith($"layer.{number}.", StringComparison.Ordinal))
            {
                yield return (tensor.Name, tensor.Name[$"layer.{number}.".Length..]);
            }
        }
    }

    /// <summary>Expected values.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="shape">The shape it must have.</param>
    /// <exception cref="InvalidFileException">It has another.</exception>
    public float[] Read(string tensor, ImmutableArray<int> shape)
    {
        if (!_tensors[tensor].Shape.SequenceEqual(shape))
            throw new InvalidFileException(_file.Path, tensor, $"shape [{string.Join(", ", _tensors[tensor].Shape)}], but the model gives [{string.Join(", ", shape)}]", "give the model this file belongs to");
        return Read(tensor);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private float[] Read(string tensor)
    {
        float[] values = new float[checked((int)_tensors[tensor].Count)];
        _file.Read(tensor, values);
        return values;
    }

    [GeneratedRegex(@"^input\.\d+$")]
    private static partial Regex InputName();

    [GeneratedRegex(@"^logits\.(?<input>\d+)\.head\.(?<head>\d{1,3})$")]
    private static partial Regex HeadName();

    private sealed class ParametersInside(SafetensorsReader file) : Engine.IParameterSource
    {
        public void Read(string name, Span<float> destination) => file.Read(ParameterPrefix + name, destination);
    }
}
