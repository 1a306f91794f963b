using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using STUNet.Core;
using STUNet.Imaging.Preprocessing;

namespace STUNet.Training;

/// <summary>
/// What a preprocessed case was made of, as one SHA-256: version of the format, everything of the plan that changes a voxel or a location, and the bytes of
/// the raw files. Two cases of one source are the same to the bit.
/// </summary>
internal static class CaseSource
{
    private const int PieceBytes = 1 << 20;

    /// <summary>The hash, in hexadecimal.</summary>
    /// <param name="recipe">The settings.</param>
    /// <param name="case">The files.</param>
    /// <param name="cancellation">Stops between two pieces.</param>
    /// <exception cref="InvalidFileException">A file is missing.</exception>
    public static string Of(PreprocessingRecipe recipe, TrainingCase @case, CancellationToken cancellation)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(Describe(recipe).ToJsonString()));
        byte[] piece = new byte[PieceBytes];
        foreach (string path in (string[])[.. @case.Images, @case.Label])
        {
            using RandomAccessFile file = new(path);
            hash.AppendData(Encoding.UTF8.GetBytes($"\n{file.Length}\n"));
            for (long at = 0; at < file.Length; at += PieceBytes)
            {
                cancellation.ThrowIfCancellationRequested();
                Span<byte> part = piece.AsSpan(0, (int)Math.Min(PieceBytes, file.Length - at));
                file.ReadExactly(at, part);
                hash.AppendData(part);
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static JsonObject Describe(PreprocessingRecipe recipe) => new()
    {
        ["format"] = CaseFile.Format,
        ["format_version"] = CaseFile.Version,
        ["nnunet"] = recipe.Version.ToString(),
        ["transpose_forward"] = NnunetJson.Integers([recipe.Forward[0], recipe.Forward[1], recipe.Forward[2]]),
        ["spacing"] = NnunetJson.Floats(recipe.Spacing),
        ["channels"] = new JsonArray([.. recipe.Channels.Select(Describe)]),
        ["classes"] = NnunetJson.Rows(recipe.Classes),
        ["labels"] = NnunetJson.Integers(recipe.Labels),
        ["orders"] = NnunetJson.Integers([(int)recipe.ImageOrder, (int)recipe.LabelOrder]),
        ["separate_axis"] = new JsonArray(recipe.SeparateImageAxis, recipe.SeparateLabelAxis),
    };

    private static JsonNode Describe(IntensityRule rule) => new JsonObject
    {
        ["scheme"] = rule.Scheme.ToString(),
        ["mask"] = rule.UseMask,
        ["statistics"] = rule is { Scheme: NormalizationScheme.Ct or NormalizationScheme.Ct2 or NormalizationScheme.CtVersion2, Dataset: { } known }
            ? NnunetJson.Floats([known.Mean, known.StandardDeviation, known.Percentile005, known.Percentile995])
            : null,
    };
}
