using System.Collections.Immutable;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>
/// The weights a fine-tuning begins with, by the rules of STU-Net's own scripts: pretrained where name and shape agree, segmentation heads always new. Where the network has several
/// input channels and the pretrained one has one, the weights of the first convolution and of its shortcut are repeated for each of them, as they are or divided by their number. Version 1 leaves what does not fit at its initial values; version 2 refuses it.
/// </summary>
public sealed class TransferredParameters : IParameterSource
{
    private static readonly string[] FirstConvolutions =
        [$"{StuNetParameters.EncoderStage(0)}.0.conv1.weight", $"{StuNetParameters.EncoderStage(0)}.0.conv3.weight"];

    private readonly ITensorSource _pretrained;
    private readonly IParameterSource _initial;
    private readonly bool _divides;
    private readonly HashSet<string> _loaded;
    private readonly HashSet<string> _repeated;

    /// <summary>Compares names and shapes; values are read when asked for.</summary>
    /// <param name="pretrained">The pretrained weights; must stay open as long as parameters are read.</param>
    /// <param name="network">The network to be trained.</param>
    /// <param name="initial">The values of everything that is not pretrained.</param>
    /// <param name="version">Whose rules.</param>
    /// <param name="divides">
    /// Whether repeated weights are divided by the number of repetitions, so that channels of like values give what one gave. The reference does not: the following norm
    /// hides it in the first convolution, not in its shortcut.
    /// </param>
    /// <exception cref="InvalidFileException">Version 2: a parameter that is no head is missing or has another shape. Both: nothing fits.</exception>
    public TransferredParameters(ITensorSource pretrained, StuNetConfig network, IParameterSource initial, NnunetVersion version, bool divides = false)
    {
        (_pretrained, _initial, _divides) = (pretrained, initial, divides);
        Dictionary<string, ImmutableArray<int>> shapes = pretrained.Tensors.ToDictionary(tensor => tensor.Name, tensor => tensor.Shape);
        HashSet<string> repeated = network.InputChannels > 1 ? [.. FirstConvolutions] : [];
        // The reference repeats weights of several channels too, which then fit nowhere; here they are taken as they are.
        repeated.RemoveWhere(name => shapes.GetValueOrDefault(name) is not { IsDefault: false } shape || shape.Length < 2 || shape[1] != 1);
        foreach (string name in repeated)
            shapes[name] = shapes[name].SetItem(1, network.InputChannels);

        List<string> loaded = [], fresh = [], mismatched = [];
        foreach (StuNetParameter parameter in StuNetParameters.Enumerate(network))
        {
            bool isHead = parameter.Name.StartsWith(HeadPrefix, StringComparison.Ordinal);
            bool isThere = shapes.TryGetValue(parameter.Name, out ImmutableArray<int> shape);
            if (isHead)
                fresh.Add(parameter.Name);
            else if (isThere && shape.SequenceEqual(parameter.Shape))
                loaded.Add(parameter.Name);
            else if (version == NnunetVersion.V2)
                throw new InvalidFileException(pretrained.Path, parameter.Name, Problem(parameter, isThere ? shape : null), "take pretrained weights of the size that is trained");
            else
                mismatched.Add($"{parameter.Name}: {Problem(parameter, isThere ? shape : null)}");
        }

        if (loaded.Count == 0)
            throw new InvalidFileException(pretrained.Path, "", "no tensor fits the network", "take pretrained weights of the size that is trained");
        HashSet<string> known = [.. StuNetParameters.Enumerate(network).Select(parameter => parameter.Name)];
        (Loaded, Fresh, Mismatched, Skipped) = ([.. loaded], [.. fresh], [.. mismatched], [.. shapes.Keys.Where(name => !known.Contains(name) && !OptimiserBuffer.Is(name)).Order(StringComparer.Ordinal)]);
        _loaded = [.. loaded];
        _repeated = [.. repeated.Where(_loaded.Contains)];
    }

    /// <summary>Parameters that are pretrained.</summary>
    public ImmutableArray<string> Loaded { get; }

    /// <summary>Segmentation heads, which are new.</summary>
    public ImmutableArray<string> Fresh { get; }

    /// <summary>Other parameters that are new because the pretrained weights lack them or have another shape: name and reason.</summary>
    public ImmutableArray<string> Mismatched { get; }

    /// <summary>Pretrained tensors that the network has no place for.</summary>
    public ImmutableArray<string> Skipped { get; }

    private static string HeadPrefix => StuNetParameters.Head(0)[..^1];

    /// <inheritdoc/>
    public void Read(string name, Span<float> destination)
    {
        if (!_loaded.Contains(name))
            _initial.Read(name, destination);
        else if (_repeated.Contains(name))
            ReadRepeated(name, destination);
        else
            _pretrained.Read(name, destination);
    }

    private static string Problem(StuNetParameter parameter, ImmutableArray<int>? shape) => shape is { } found
        ? $"its shape is [{string.Join(", ", found)}], the network's is [{string.Join(", ", parameter.Shape)}]"
        : "the tensor is missing";

    // [OC, IC, ...]: the channels of every output follow each other, once per repetition.
    private void ReadRepeated(string name, Span<float> destination)
    {
        TensorInfo tensor = _pretrained.Tensors.First(tensor => tensor.Name == name);
        float[] values = new float[tensor.Count];
        _pretrained.Read(name, values);
        int perOutput = values.Length / tensor.Shape[0];
        int times = destination.Length / values.Length;
        for (int i = 0; _divides && i < values.Length; i++)
            values[i] /= times;
        for (int output = 0; output < tensor.Shape[0]; output++)
        {
            for (int repetition = 0; repetition < times; repetition++)
                values.AsSpan(output * perOutput, perOutput).CopyTo(destination[((output * times + repetition) * perOutput)..]);
        }
    }
}
