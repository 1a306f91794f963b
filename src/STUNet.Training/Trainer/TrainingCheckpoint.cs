using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>
/// A training that can be resumed: one safetensors file with parameters and buffers of the optimiser (<c>momentum/NAME</c>, for AdamW <c>square/NAME</c>) as tensors, and position, averages and
/// settings as JSON in its metadata. Being one file, it is replaced by one rename: whenever the process dies, the file before or the file after is there, whole.
/// A SHA-256 over JSON and tensors is checked when it is opened.
/// </summary>
public sealed class TrainingCheckpoint : IParameterSource, IDisposable
{
    private const string StateKey = "stunet.training";
    private const string HashKey = "stunet.sha256";
    private const string Format = "stunet-training";
    private const int FormatVersion = 1;
    private const int MaxSettings = 1024;
    private const int ChunkValues = 1 << 18;
    private const string Remedy = "restore it from a copy, or delete it: train --c then goes on from another checkpoint of its folder";

    private readonly SafetensorsReader _file;

    private TrainingCheckpoint(SafetensorsReader file, TrainingState state, ImmutableSortedDictionary<string, string> settings, CasesHash cases) =>
        (_file, State, Settings, Cases) = (file, state, settings, cases);

    /// <summary>The file.</summary>
    public string Path => _file.Path;

    /// <summary>Epochs that are done.</summary>
    public int Epoch => State.Epoch;

    /// <summary>Steps of the next epoch that are done: not 0 where a training was cancelled within an epoch.</summary>
    public int Iteration => State.Iteration;

    /// <summary>SHA-256 over state, settings and tensors, in hexadecimal: what this checkpoint is known by.</summary>
    public string Hash => _file.Metadata[HashKey];

    /// <summary>What the training began with; null in checkpoints of programs that did not keep it.</summary>
    public InitialWeights? InitialWeights => State.Initial;

    /// <summary>The settings it was trained by, as <see cref="TrainerSettings.Describe"/> gives them.</summary>
    public ImmutableSortedDictionary<string, string> Settings { get; }

    /// <summary>The tensors: parameters and buffers of the optimiser.</summary>
    public ITensorSource Tensors => _file;

    internal TrainingState State { get; }

    internal CasesHash Cases { get; }

    /// <summary>Opens a checkpoint and verifies every byte that is used of it.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidFileException">Missing, damaged, or not a checkpoint of a training.</exception>
    public static TrainingCheckpoint Open(string path)
    {
        TrainingCheckpoint opened = OpenHeader(path);
        try
        {
            string json = opened._file.Metadata[StateKey];
            string hash = HashOf(json, opened._file.Tensors, (tensor, start, values) => opened._file.Read(tensor.Name, start, values));
            if (hash != opened.Hash)
                throw new InvalidFileException(path, "", "its content does not have the SHA-256 it was written with: the file is damaged", Remedy);
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>Opens a checkpoint without reading its tensors: to see how far it is.</summary>
    internal static TrainingCheckpoint OpenHeader(string path)
    {
        SafetensorsReader file = new(path, Remedy);
        try
        {
            if (!file.Metadata.TryGetValue(StateKey, out string? json) || !file.Metadata.ContainsKey(HashKey))
                throw new InvalidFileException(path, $"__metadata__.{StateKey}", "missing", "give a checkpoint that stunet train wrote");
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 8 });
            JsonField root = new(path, "", document.RootElement);
            root["format"].Choice((Format, true));
            root["version"].Int(FormatVersion, FormatVersion);
            ImmutableSortedDictionary<string, string> settings = root["settings"].Members().Take(MaxSettings)
                .ToImmutableSortedDictionary(member => member.Key, member => member.Field.Text(), StringComparer.Ordinal);
            if (file.Tensors.FirstOrDefault(tensor => tensor.ElementType != ElementType.F32) is { } odd)
                throw new InvalidFileException(path, odd.Name, $"stored as {odd.ElementType}, expected {ElementType.F32}");
            return new TrainingCheckpoint(file, TrainingState.Read(root["state"]), settings, new CasesHash(root["cases"].Text(), root.Optional("sources")?.Text()));
        }
        catch (Exception failure) when (failure is JsonException or FormatException)
        {
            file.Dispose();
            throw new InvalidFileException(path, $"__metadata__.{StateKey}", "not JSON", Remedy, failure);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Writes the present state of a network under a temporary name and renames it when it is on the disk.</summary>
    internal static void Write(string path, TrainingNetwork network, TrainingState state, ImmutableSortedDictionary<string, string> settings, CasesHash cases)
    {
        JsonObject json = new()
        {
            ["format"] = Format,
            ["version"] = FormatVersion,
            ["state"] = state.ToJson(),
            ["settings"] = new JsonObject(settings.Select(setting => KeyValuePair.Create<string, JsonNode?>(setting.Key, setting.Value))),
            ["cases"] = cases.Split,
            ["sources"] = cases.Content,
        };
        string text = json.ToJsonString();
        ImmutableArray<TensorInfo> tensors = TensorsOf(network);
        // The header stands first and holds the hash, so the device is read twice: cheaper than reading the file back.
        void Fill(TensorInfo tensor, long start, Span<float> values) => network.Read(tensor.Name, values, start);
        string hash = HashOf(text, tensors, Fill);
        SafetensorsWriter.Write(path, tensors, Fill, new Dictionary<string, string> { [StateKey] = text, [HashKey] = hash });
    }

    /// <summary>Checks that a run with these settings and cases would go on with what the checkpoint began.</summary>
    /// <param name="asked">The settings.</param>
    /// <param name="cases">The cases; content is compared where both know it.</param>
    /// <param name="among">Names of the settings that matter; all where null.</param>
    /// <exception cref="InvalidFileException">Something differs; the message names it.</exception>
    internal void RequireSame(ImmutableSortedDictionary<string, string> asked, CasesHash cases, IReadOnlyCollection<string>? among = null)
    {
        foreach (string name in (among ?? asked.Keys.Union(Settings.Keys)).Order(StringComparer.Ordinal))
        {
            if (asked.GetValueOrDefault(name) is var value && Settings.GetValueOrDefault(name) is var begun && begun != value)
                throw new InvalidFileException(Path, $"settings.{name}", $"the training was begun with {begun ?? "the default"}, but {value ?? "the default"} is asked for", "give the same again, or begin in another folder");
        }

        if (Cases.Split != cases.Split)
            throw new InvalidFileException(Path, "cases", "the training was begun with other training or validation cases", "restore splits and preprocessed cases, or begin in another folder");
        if (Cases.Content is { } begunWith && cases.Content is { } content && begunWith != content)
        {
            throw new InvalidFileException(
                Path, "sources", "the training was begun with cases of the same names but other content: images, label maps, or the plan they were preprocessed by have changed",
                "restore what was changed and preprocess again, or begin in another folder");
        }
    }

    /// <summary>Checks that the tensors are those of a network.</summary>
    /// <exception cref="InvalidFileException">A tensor is missing or has another shape.</exception>
    internal void RequireTensorsOf(StuNetConfig network)
    {
        Dictionary<string, TensorInfo> tensors = _file.Tensors.ToDictionary(tensor => tensor.Name);
        foreach (StuNetParameter parameter in StuNetParameters.Enumerate(network))
        {
            if (!tensors.ContainsKey(parameter.Name))
                throw new InvalidFileException(Path, parameter.Name, "the tensor is missing");
            foreach (string name in (string[])[parameter.Name, OptimiserBuffer.Momentum(parameter.Name), OptimiserBuffer.Square(parameter.Name)])
            {
                if (tensors.GetValueOrDefault(name) is { } tensor && !tensor.Shape.SequenceEqual(parameter.Shape))
                    throw new InvalidFileException(Path, name, $"its shape is [{string.Join(", ", tensor.Shape)}], expected [{string.Join(", ", parameter.Shape)}]");
            }
        }
    }

    /// <inheritdoc/>
    public void Read(string name, Span<float> destination) => _file.Read(name, destination);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static ImmutableArray<TensorInfo> TensorsOf(TrainingNetwork network)
    {
        HashSet<string> variables = [.. network.Variables];
        return
        [
            .. StuNetParameters.Enumerate(network.Settings.Network)
                .SelectMany(parameter => ((string[])[parameter.Name, OptimiserBuffer.Momentum(parameter.Name), OptimiserBuffer.Square(parameter.Name)])
                    .Where(variables.Contains)
                    .Select(name => new TensorInfo(name, parameter.Shape, ElementType.F32))),
        ];
    }

    private static string HashOf(string json, IEnumerable<TensorInfo> tensors, TensorFill fill)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(json));
        float[] values = new float[ChunkValues];
        foreach (TensorInfo tensor in tensors)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(tensor.Name));
            for (long start = 0; start < tensor.Count; start += values.Length)
            {
                Span<float> piece = values.AsSpan(0, (int)Math.Min(values.Length, tensor.Count - start));
                fill(tensor, start, piece);
                hash.AppendData(MemoryMarshal.AsBytes(piece));
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
