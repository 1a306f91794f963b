using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using STUNet.Core;
using STUNet.Model;
using STUNet.Training;

namespace STUNet.Cli;

/// <summary>How a network is trained: rules, length, optimiser, augmentation and size, where they are not those of the trainer and the plan.</summary>
internal sealed class RecipeOptions
{
    private const int MostWorkers = 8;
    private const double AdamWRate = 1e-3;

    private readonly Option<string> _rules = ParsedOption.OneOf("--rules", "Which nnU-Net's rules for loss, epochs and checkpoints.", "v2", "v1", "v2");
    private readonly Option<int?> _epochs = Count("--epochs", "Epochs, instead of the trainer's; the learning rate falls over them.");
    private readonly Option<int?> _iterations = Count("--iterations", "Training batches of an epoch; 250 by default.");
    private readonly Option<int?> _validationIterations = Count("--validation-iterations", "Validation batches of an epoch; 50 by default, 1 by v1's rules.");
    private readonly Option<int?> _saveInterval = Count("--save-interval", "Epochs between two latest checkpoints, which a killed process loses at most; 1 by default, 50 in nnU-Net.");
    private readonly Option<string> _optimiser = ParsedOption.OneOf(
        "--optimizer", "sgd: nnU-Net's. adamw: for short trainings, learning rate 0.001 where none is given.", "sgd", "sgd", "adamw");

    private readonly Option<double?> _learningRate = ParsedOption.Of<double>(
        "--learning-rate", "RATE", "Learning rate of the first epoch, instead of the trainer's.",
        text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double rate) && rate is > 0 and <= 1 ? rate : null, "a number above 0, up to 1");

    private readonly Option<ImmutableArray<int>?> _mirror = ParsedOption.Of<ImmutableArray<int>>(
        "--mirror", "AXES", "Axes of the patch that augmentation and prediction mirror, such as zy where left and right must be told apart, or none; zyx by default.", MirrorAxes,
        "some of z, y and x, each once, or none");

    private readonly Option<ImmutableArray<int>?> _dims = ParsedOption.Of<ImmutableArray<int>>(
        "--dims", "N,N,...", "Channels per stage, instead of the trainer's: a smaller network.", Triples.TryParseNumbers, "numbers such as 8,16,32");

    private readonly Option<ImmutableArray<int>?> _depth = ParsedOption.Of<ImmutableArray<int>>(
        "--depth", "N,N,...", "Residual blocks per stage, or one number for all, instead of the trainer's.", Triples.TryParseNumbers, "numbers such as 1 or 1,2,2");

    private readonly Option<string> _dtype = PrecisionOption.Create(
        "Element type of activations and their gradients; parameters stay float32. tf32 (float32 that tensor cores round), f16 (the loss is scaled) and bf16 need a GPU.");

    private readonly Option<string> _recompute = RecomputeOption.Create();
    private readonly Option<ulong> _seed = ParsedOption.Number("--seed", "Selects the random numbers.", fallback: 0UL, least: 0UL);
    private readonly Option<int> _workers = ParsedOption.Number("--workers", "Threads that prepare samples. Never changes a result.", Math.Min(MostWorkers, Environment.ProcessorCount), least: 1);

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _rules, _epochs, _iterations, _validationIterations, _saveInterval, _optimiser, _learningRate, _mirror, _dims, _depth, _dtype, _recompute, _seed, _workers })
            command.Options.Add(option);
    }

    /// <summary>Whose rules.</summary>
    public NnunetVersion Rules(ParseResult arguments) => Enum.Parse<NnunetVersion>(arguments.GetRequiredValue(_rules), ignoreCase: true);

    /// <summary>What is done otherwise than trainer and plan say.</summary>
    public TrainerChanges Changes(ParseResult arguments) => new()
    {
        Dims = arguments.GetValue(_dims) ?? [],
        Depth = arguments.GetValue(_depth) ?? [],
        MirrorAxes = arguments.GetValue(_mirror) ?? TrainerChanges.None.MirrorAxes,
    };

    /// <summary>The settings of a planned training, with those given instead.</summary>
    public TrainerSettings Apply(ParseResult arguments, TrainerSettings planned)
    {
        Precision precision = PrecisionOption.Read(arguments, _dtype);
        bool isAdamW = arguments.GetRequiredValue(_optimiser) == "adamw";
        return planned with
        {
            Step = planned.Step with
            {
                Optimiser = isAdamW ? new AdamW() : planned.Step.Optimiser,
                Precision = precision,
                ScalesLoss = precision == Precision.F16,
            },
            Epochs = arguments.GetValue(_epochs) ?? planned.Epochs,
            IterationsPerEpoch = arguments.GetValue(_iterations) ?? planned.IterationsPerEpoch,
            ValidationIterations = arguments.GetValue(_validationIterations) ?? planned.ValidationIterations,
            InitialLearningRate = arguments.GetValue(_learningRate) ?? (isAdamW ? AdamWRate : planned.InitialLearningRate),
            SaveInterval = arguments.GetValue(_saveInterval) ?? planned.SaveInterval,
            Recompute = RecomputeOption.Read(arguments, _recompute),
            Seed = arguments.GetValue(_seed),
            Workers = arguments.GetRequiredValue(_workers),
        };
    }

    private static Option<int?> Count(string name, string description) => ParsedOption.Of<int>(
        name, "N", description, text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 ? number : null, "a whole number from 1");

    private static ImmutableArray<int>? MirrorAxes(string text)
    {
        const string Axes = "zyx";
        if (text == "none")
            return [];
        return text.Length > 0 && text.All(Axes.Contains) && text.Distinct().Count() == text.Length ? [.. text.Select(axis => Axes.IndexOf(axis)).Order()] : null;
    }
}
