using STUNet.Engine;
using STUNet.Model;
using STUNet.Training;

namespace STUNet.Cli;

/// <summary>The weights of a new training: drawn, or taken over from a pretrained network.</summary>
internal sealed class StartingWeights : IDisposable
{
    private readonly NetworkSource? _pretrained;

    private StartingWeights(IParameterSource drawn) => (Parameters, Origin) = (drawn, InitialWeights.Drawn);

    private StartingWeights(NetworkSource pretrained, TransferredParameters transferred, InitialWeights origin) =>
        (_pretrained, Parameters, Transferred, Origin) = (pretrained, transferred, transferred, origin);

    /// <summary>The values.</summary>
    public IParameterSource Parameters { get; }

    /// <summary>What was taken over; null where all are drawn.</summary>
    public TransferredParameters? Transferred { get; }

    /// <summary>Where they come from.</summary>
    public InitialWeights Origin { get; }

    /// <summary>Opens them and says what is taken over.</summary>
    /// <param name="settings">The training.</param>
    /// <param name="path">The pretrained weights; null for drawn ones.</param>
    /// <param name="divides">Whether repeated weights are divided (<see cref="TransferredParameters"/>).</param>
    /// <param name="console">Where to report.</param>
    public static StartingWeights Open(TrainerSettings settings, string? path, bool divides, CommandConsole console)
    {
        InitialParameters drawn = new(
            settings.Step.Network, settings.Version == NnunetVersion.V1 ? InitialisationScheme.V1 : InitialisationScheme.V2, unchecked((long)settings.Seed));
        if (path is null)
            return new StartingWeights(drawn);
        NetworkSource pretrained = NetworkSource.Open(path, console);
        try
        {
            ITensorSource weights = pretrained.Files!.Folds[0];
            TransferredParameters transferred = new(weights, settings.Step.Network, drawn, settings.Version, divides);
            Report(pretrained, transferred, console);
            return new StartingWeights(pretrained, transferred, InitialWeights.Of(weights.Path, console.Cancellation));
        }
        catch
        {
            pretrained.Dispose();
            throw;
        }
    }

    public void Dispose() => _pretrained?.Dispose();

    private static void Report(NetworkSource pretrained, TransferredParameters transferred, CommandConsole console)
    {
        FoldFile[] folds = [.. pretrained.Files!.Manifest.Folds];
        string taken = folds.Length > 1 ? $", fold {folds[0].Name} of {string.Join(", ", folds.Select(fold => fold.Name))}" : "";
        console.WriteLine(
            $"{pretrained.Name}{taken}: {transferred.Loaded.Length} parameters pretrained, {transferred.Fresh.Length} of the heads new, "
            + $"{transferred.Mismatched.Length} do not fit, {transferred.Skipped.Length} tensors without a place");
        foreach (string mismatched in transferred.Mismatched)
            console.Warn($"not pretrained: {mismatched}.");
        foreach (string name in transferred.Skipped)
            console.Detail($"  skipped {name}");
    }
}
