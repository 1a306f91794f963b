namespace STUNet.Model;

/// <summary>A file the model was made from.</summary>
/// <param name="File">Its path: of a converted file relative to its folder, with forward slashes; of the weights a training began with as they were named.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">SHA-256, 64 lower-case hexadecimal digits.</param>
public sealed record SourceFile(string File, long Bytes, string Sha256);
