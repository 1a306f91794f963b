namespace STUNet.Cli;

/// <summary>One case to segment.</summary>
/// <param name="Name">nnU-Net's case identifier.</param>
/// <param name="Channels">One file per channel, in the model's order.</param>
internal sealed record InputCase(string Name, IReadOnlyList<string> Channels);
