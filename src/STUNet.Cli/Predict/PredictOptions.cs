using System.CommandLine;
using System.Globalization;
using STUNet.Core;

namespace STUNet.Cli;

/// <summary>The options of <c>stunet predict</c>; names with underscores are the reference's own.</summary>
internal sealed class PredictOptions
{
    public Option<string> Input { get; } = new("--input", "-i", "--input_folder")
    {
        Required = true,
        HelpName = "PATH",
        Description = "An image (.nii, .nii.gz, .hdr), or a folder of images. Channel c of a case is CASE_000c.nii.gz; with one channel the number may be left out.",
    };

    public Option<string> Output { get; } = new("--output", "-o", "--output_folder")
    {
        Required = true,
        HelpName = "PATH",
        Description = "The label map to write, or a folder for CASE.nii.gz. Label maps that are in the folder already are kept, see --overwrite_existing.",
    };

    public Option<string?> Model { get; } = new("--model") { HelpName = "DIR", Description = "Model folder, as stunet convert, train or init writes it; or a checkpoint of a training, such as fold_0/checkpoint_best.safetensors." };

    public Option<string?> Task { get; } = new("--task_name", "-t") { HelpName = "TASK", Description = "Task of a results folder: its number, or its whole name." };

    public Option<string> Configuration { get; } = new("--configuration", "-m")
    {
        HelpName = "NAME",
        Description = "Configuration of the task: 3d_fullres or 3d_lowres.",
        DefaultValueFactory = _ => "3d_fullres",
    };

    public Option<string[]> Folds { get; } = new("--folds", "-f")
    {
        HelpName = "F",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = true,
        Description = "Folds of the task whose probabilities are averaged: numbers, or all. Default: every fold there is.",
    };

    public Option<string?> Trainer { get; } = new("--trainer_class_name", "-tr") { HelpName = "NAME", Description = "Trainer of the task; needed where it has several." };

    public Option<string> Plans { get; } = new("--plans_identifier", "-p") { HelpName = "NAME", Description = "Plans of the task.", DefaultValueFactory = _ => "nnUNetPlansv2.1" };

    public Option<string> Checkpoint { get; } = new("-chk", "--checkpoint")
    {
        HelpName = "NAME",
        Description = "Checkpoint of each fold, without extension.",
        DefaultValueFactory = _ => "model_final_checkpoint",
    };

    public Option<string?> Results { get; } = new("--results-folder") { HelpName = "DIR", Description = "The folder that holds nnUNet/; default: RESULTS_FOLDER of the environment." };

    public Option<string> Mode { get; } = ParsedOption.OneOf(
        "--mode",
        "normal resamples probabilities, or logits by v2's rules; fast and fastest, of v1's rules, resample labels (linear per label, nearest).",
        "normal", "normal", "fast", "fastest");

    public Option<bool> Probabilities { get; } = new("--save_probabilities", "--save_npz", "-z")
    {
        Description = "Also write CASE.npz, the probabilities that nnU-Net's tools make ensembles of, and CASE.pkl, the properties they need. Large: 2 (v1) or 4 bytes per class and voxel before compression. Mode normal.",
    };

    public Option<bool> DisableMirroring { get; } = new("--disable_tta") { Description = "Predict every window once instead of mirrored along all axes (8 times)." };

    public Option<bool> DisablePostprocessing { get; } = new("--disable_postprocessing")
    {
        Description = "Leave out the model's postprocessing.json, which removes small components of the classes it lists.",
    };

    public Option<bool> HalfPrecisionSums { get; } = new("--half-sums")
    {
        Description = "Round sums of logits to half precision, as nnU-Net 2.2 itself does: further from exact, for comparisons. Models of v2's rules, on the CPU.",
    };

    public Option<string> Precision { get; } = PrecisionOption.Create("Element type of the network's activations and weights, tf32: float32 that tensor cores round; all but f32 on GPUs.");

    public Option<double> StepSize { get; } = ParsedOption.Real(
        "--step_size", "S", "Distance of neighbouring windows as a fraction of the patch, above 0 and at most 1.", fallback: 0.5);

    public Option<int> Parts { get; } = ParsedOption.Number("--num_parts", "Share the cases among this many calls.", fallback: 1, least: 1);

    public Option<int> Part { get; } = ParsedOption.Number("--part_id", "Which share: cases part_id, part_id + num_parts, ... of the sorted list.", fallback: 0, least: 0);

    public Option<bool> Overwrite { get; } = new("--overwrite_existing") { Description = "Segment cases again whose label map (with --save_probabilities, those files too) is in the output folder already." };

    public Option<long?> MemoryLimit { get; } = ParsedOption.Of<long>(
        "--memory-limit", "SIZE", "Refuse what needs more memory, with the number needed, such as 6GiB.", ByteSize.TryParse, "a size such as 6GiB or 500MB");

    public Option<string?> Preview { get; } = new("--preview") { HelpName = "PNG", Description = "Also draw three planes with a legend: a .png file, or a folder for CASE.png." };

    /// <summary>Options of the reference that change nothing here: results do not depend on them.</summary>
    public IReadOnlyList<Option> WithoutEffect { get; } =
    [
        Threads("--num_threads_preprocessing"),
        Threads("--num_threads_nifti_save"),
        new Option<string?>("--all_in_gpu") { Hidden = true },
        new Option<bool>("--disable_mixed_precision") { Hidden = true },
    ];

    public void AddTo(Command command)
    {
        Option[] shown =
        [
            Input, Output, Model, Task, Configuration, Folds, Trainer, Plans, Checkpoint, Results, Mode, Probabilities, DisableMirroring, DisablePostprocessing, HalfPrecisionSums, Precision, StepSize, Parts, Part, Overwrite, MemoryLimit, Preview,
        ];
        foreach (Option option in shown.Concat(WithoutEffect))
            command.Options.Add(option);
    }

    /// <summary>Checks what the options must be together.</summary>
    /// <exception cref="InvalidRequestException">They do not fit.</exception>
    public void Check(ParseResult arguments)
    {
        int parts = arguments.GetRequiredValue(Parts);
        if (arguments.GetRequiredValue(Part) >= parts)
            throw new InvalidRequestException($"--part_id {arguments.GetRequiredValue(Part)}: expected less than --num_parts, which is {parts}.");
        if (arguments.GetValue(Model) is null == arguments.GetValue(Task) is null)
            throw new InvalidRequestException("Give either --model DIR, or -t TASK for a model of a results folder; see stunet predict --help.");
        if (arguments.GetRequiredValue(StepSize) is not (> 0 and <= 1))
            throw new InvalidRequestException(string.Create(CultureInfo.InvariantCulture, $"--step_size {arguments.GetRequiredValue(StepSize)}: expected a number above 0 and at most 1."));
        if (arguments.GetValue(Model) is not null && arguments.GetValue(Folds) is { Length: > 0 })
            throw new InvalidRequestException("-f chooses folds of a results folder; a model folder is used with all of its folds, so leave -f out or convert fewer folds.");
    }

    private static Option<int> Threads(string name)
    {
        Option<int> option = ParsedOption.Number(name, "", fallback: 1, least: 0);
        option.Hidden = true;
        return option;
    }
}
