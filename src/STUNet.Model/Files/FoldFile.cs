namespace STUNet.Model;

/// <summary>The weights of one fold.</summary>
/// <param name="Name">Fold: a number, or all.</param>
/// <param name="File">Safetensors file in the model folder, without a path.</param>
/// <param name="Sha256">SHA-256 of the file, 64 lower-case hexadecimal digits; null where it is not known.</param>
public sealed record FoldFile(string Name, string File, string? Sha256 = null);
