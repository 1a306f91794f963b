using System.Text.Json.Nodes;
using STUNet.Imaging;
using STUNet.Inference;

namespace STUNet.Cli;

/// <summary>Segments cases, writes what comes out, and reports on each.</summary>
internal sealed class PredictRun(CommandConsole console, SegmentationModel model, OutputPaths output, OutputPaths? preview, StageTable times)
{
    private readonly JsonArray _results = [];
    private int _failed;

    /// <summary>Segments all cases.</summary>
    /// <returns>The exit code: that of the failure where the only case failed, else 1 where any did.</returns>
    public int Segment(Segmenter segmenter, IReadOnlyList<InputCase> cases)
    {
        IEnumerable<SegmentationCase> work = cases.Select(input => Case(segmenter, input));
        int code = ExitCode.Success;
        foreach (CaseResult result in segmenter.SegmentAsync(work, new SegmentationProgressLine(console), console.Cancellation).ToBlockingEnumerable(console.Cancellation))
        {
            if (result.Result is { } labels)
            {
                Describe(result.Case, labels);
                continue;
            }

            _failed++;
            int failure = console.Report(result.Error!, cases.Count == 1 ? "" : result.Case.Name);
            code = cases.Count == 1 ? failure : ExitCode.Failed;
            _results.Add(new JsonObject { ["case"] = result.Case.Name, ["error"] = result.Error!.Message });
        }

        return code;
    }

    /// <summary>Closes the report.</summary>
    /// <param name="skipped">Cases whose label map was there already.</param>
    public void Finish(int skipped)
    {
        TimeSpan wall = console.Elapsed;
        console.Detail(times.Describe(wall));
        int done = _results.Count - _failed;
        console.WriteLine(
            $"{done} case{(done == 1 ? "" : "s")} segmented, {_failed} failed, {skipped} skipped in {ProgressLine.Duration(wall)}, peak memory {ByteSize.Describe(PeakMemory.Bytes)}");
        console.WriteJson(() => new JsonObject
        {
            ["cases"] = _results,
            ["failed"] = _failed,
            ["skipped"] = skipped,
            ["seconds"] = wall.TotalSeconds,
            ["stages"] = times.Json(wall),
            ["peakMemoryBytes"] = PeakMemory.Bytes,
        });
    }

    private SegmentationCase Case(Segmenter segmenter, InputCase input)
    {
        // Kept only for the preview: the volume would otherwise be free while the network works.
        Volume? shown = null;
        return new SegmentationCase(input.Name, Read, Write) { Probabilities = segmenter.Options.Probabilities ? output.ProbabilitiesOf(input.Name) : null };

        IReadOnlyList<Volume> Read()
        {
            IReadOnlyList<Volume> channels = CaseReader.Read(input);
            if (console.Verbose)
                console.Detail($"{input.Name}: planned memory{Environment.NewLine}{segmenter.Plan(channels[0].Geometry)}");
            shown = preview is null ? null : channels[0];
            return channels;
        }

        void Write(SegmentationResult result)
        {
            VolumeFile.Write(output.LabelsOf(input.Name), result.Labels);
            if (preview is not null)
                PreviewImage.Write(preview.PreviewOf(input.Name), input.Name, shown!, result.Labels, StructureVolume.Of(result.Labels, model.Labels));
            shown = null;
        }
    }

    private void Describe(SegmentationCase one, SegmentationResult result)
    {
        string name = one.Name;
        IReadOnlyList<StructureVolume> structures = StructureVolume.Of(result.Labels, model.Labels);
        foreach (string warning in result.Warnings.Except(model.Warnings))
            console.Warn($"{name}: {warning}");
        times.Add(result.Steps);
        string stages = string.Join(", ", result.Times.Select(time => $"{time.Stage.ToString().ToLowerInvariant()} {ProgressLine.Duration(time.Duration)}"));
        console.WriteLine($"{name}: {structures.Count} structure{(structures.Count == 1 ? "" : "s")}, {output.LabelsOf(name)} ({stages})");
        JsonObject seconds = [];
        foreach (StageTime time in result.Times)
            seconds[time.Stage.ToString().ToLowerInvariant()] = time.Duration.TotalSeconds;
        JsonObject steps = [];
        foreach (StepTime time in result.Steps)
            steps[time.Step.ToString().ToLowerInvariant()] = time.Duration.TotalSeconds;
        _results.Add(new JsonObject
        {
            ["case"] = name,
            ["output"] = output.LabelsOf(name),
            ["probabilities"] = one.Probabilities,
            ["preview"] = preview?.PreviewOf(name),
            ["structures"] = new JsonArray([.. structures.Select(structure => new JsonObject
            {
                ["label"] = structure.Label,
                ["name"] = structure.Name,
                ["voxels"] = structure.Voxels,
                ["millilitres"] = structure.Millilitres,
            })]),
            ["seconds"] = seconds,
            ["steps"] = steps,
            ["plannedMemoryBytes"] = result.Memory.PeakBytes,
        });
    }
}
