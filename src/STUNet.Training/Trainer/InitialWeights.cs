using System.Text.Json.Nodes;
using STUNet.Core;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>What a training began with, as its checkpoints keep it.</summary>
/// <param name="File">The file everything but the segmentation heads was taken from; null where all weights were drawn.</param>
public sealed record InitialWeights(SourceFile? File)
{
    /// <summary>All weights were drawn by the seed.</summary>
    public static InitialWeights Drawn { get; } = new(File: null);

    /// <summary>Weights of a file, which is read once for its hash.</summary>
    /// <param name="path">The file; kept as it is named here.</param>
    /// <param name="cancellation">Stops soon.</param>
    /// <exception cref="InvalidFileException">The file cannot be read.</exception>
    public static InitialWeights Of(string path, CancellationToken cancellation = default)
    {
        string sha256 = FileHash.Sha256(path, cancellation: cancellation);
        return new InitialWeights(new SourceFile(path, new FileInfo(path).Length, sha256));
    }

    /// <summary>In words, for people.</summary>
    public override string ToString() => File is { } file ? $"{file.File}, SHA-256 {file.Sha256}" : "drawn";

    internal JsonObject ToJson() => new()
    {
        ["file"] = File is { } file ? new JsonObject { ["name"] = file.File, ["bytes"] = file.Bytes, ["sha256"] = file.Sha256 } : null,
    };

    internal static InitialWeights Read(JsonField root)
    {
        if (root.Optional("file") is not { } file)
            return Drawn;
        string sha256 = file["sha256"].Text();
        return FileHash.IsSha256(sha256)
            ? new InitialWeights(new SourceFile(file["name"].Text(), file["bytes"].Long(0, long.MaxValue), sha256))
            : throw file["sha256"].Wrong(FileHash.Expected);
    }
}
