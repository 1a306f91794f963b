using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using STUNet.Core;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>The file <c>training_log.jsonl</c>: one line per finished epoch. It is cut back to the epoch that a training resumes at.</summary>
public sealed class EpochLog
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "training_log.jsonl";

    private const long MaxFileBytes = 1L << 30;
    private readonly List<EpochRecord> _records;

    private EpochLog(string path, List<EpochRecord> records) => (Path, _records) = (path, records);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The epochs in the file, in their order.</summary>
    public IReadOnlyList<EpochRecord> Records => _records;

    /// <summary>Reads the whole lines of a log up to one that does not continue it; empty where there is no file.</summary>
    /// <param name="path">The file.</param>
    public static ImmutableArray<EpochRecord> Read(string path)
    {
        if (!File.Exists(path))
            return [];
        if (new FileInfo(path).Length > MaxFileBytes)
            throw new InvalidFileException(path, "", "it is too large for a training log", "move it away");
        ImmutableArray<EpochRecord>.Builder records = ImmutableArray.CreateBuilder<EpochRecord>();
        string text = File.ReadAllText(path);
        for (int start = 0; text.IndexOf('\n', start) is >= 0 and int end; start = end + 1)
        {
            if (Parse(path, text[start..end]) is not { } record || record.Epoch != records.Count)
                break;
            records.Add(record);
        }

        return records.ToImmutable();
    }

    /// <summary>Opens a log for a training that goes on after some epochs; lines of later epochs, and a line that a killed process left unfinished, are removed.</summary>
    /// <param name="path">The file.</param>
    /// <param name="epochs">Epochs that are done.</param>
    internal static EpochLog Open(string path, int epochs)
    {
        List<EpochRecord> kept = [.. Read(path).Take(epochs)];
        string text = string.Concat(kept.Select(record => record.ToJsonLine() + "\n"));
        AtomicFile.WriteText(path, text);
        return new EpochLog(path, kept);
    }

    /// <summary>Appends an epoch by one write.</summary>
    internal void Append(EpochRecord record)
    {
        using (FileStream stream = new(Path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0))
        {
            stream.Write(Encoding.UTF8.GetBytes(record.ToJsonLine() + "\n"));
            stream.Flush(flushToDisk: true);
        }

        _records.Add(record);
    }

    private static EpochRecord? Parse(string path, string line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = 8 });
            return EpochRecord.Read(new JsonField(path, "", document.RootElement));
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or InvalidFileException)
        {
            return null;
        }
    }
}
