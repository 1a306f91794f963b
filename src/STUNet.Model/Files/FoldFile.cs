namespace STUNet.Model;

/// <summary>The weights of one fold.</summary>
/// <param name="Name">Fold: a number, or all.</param>
/// <param name="File">Safetensors file in the model folder, without a path.</param>
public sealed record FoldFile(string Name, string File);
