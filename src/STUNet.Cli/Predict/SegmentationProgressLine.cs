using STUNet.Inference;

namespace STUNet.Cli;

/// <summary>Shows the network's progress, which is where the time goes; other stages are named as they come.</summary>
internal sealed class SegmentationProgressLine(CommandConsole console) : IProgress<SegmentationProgress>
{
    private readonly ProgressLine _line = new(console);

    public void Report(SegmentationProgress value)
    {
        string step = value.Stage.ToString().ToLowerInvariant();
        _line.Report(value.Case.Length == 0 ? step : $"{value.Case}: {step}", value.Done, value.Total);
    }
}
