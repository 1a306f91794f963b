using System.Collections.Immutable;
using System.Reflection;
using STUNet.Core;
using STUNet.Model;

namespace STUNet.WeightsConverter;

/// <summary>Opens nnU-Net checkpoints directly as a model, without writing files.</summary>
public static class NnunetModel
{
    private const string PlansFileName = "plans.pkl";
    private static readonly ImmutableArray<int> AllAxes = [0, 1, 2];

    /// <summary>Version of this library, as written into manifests.</summary>
    internal static string Version { get; } =
        typeof(NnunetModel).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";

    /// <summary>
    /// Opens one checkpoint per fold and describes them in a manifest. As in the reference, plans and trainer come from the first fold;
    /// widths, depths and kernels come from the tensors' shapes, strides from the plans. <see cref="ModelManifest.Sources"/> stays empty.
    /// </summary>
    /// <param name="inputs">The folds, at least one.</param>
    /// <param name="options">What the checkpoints do not say.</param>
    /// <exception cref="InvalidFileException">A file is missing, damaged, hostile or of another network; folds differ; plans do not fit.</exception>
    public static ModelFiles Open(IReadOnlyList<CheckpointInput> inputs, ModelOptions? options = null) => Open(inputs, options, []);

    /// <summary>As the public one; adds every file that was read to <paramref name="sources"/>.</summary>
    internal static ModelFiles Open(IReadOnlyList<CheckpointInput> inputs, ModelOptions? options, List<string> sources)
    {
        if (inputs.Count == 0)
            throw new InvalidRequestException("No checkpoint was given; name at least one fold.");
        options ??= new ModelOptions();
        List<ITensorSource> folds = [];
        List<string> warnings = [];
        sources.AddRange(inputs.Select(input => input.WeightsPath));
        try
        {
            PyTorchCheckpoint first = new(inputs[0].WeightsPath);
            folds.Add(first);
            (ModelManifest manifest, int? batchSize) = Describe(first, inputs, options, warnings, sources);
            foreach (CheckpointInput input in inputs.Skip(1))
            {
                PyTorchCheckpoint next = new(input.WeightsPath);
                folds.Add(next);
                StuNetConfig found = StuNetConfig.FromTensorShapes(next.Shapes(), manifest.Architecture.Strides, next.Path);
                if (found != manifest.Architecture)
                    throw new InvalidFileException(next.Path, "", $"it holds {found}, but fold {inputs[0].Fold} holds {manifest.Architecture}", "folds of one model must have one architecture");
            }

            manifest.Check(first.Path);
            return new ModelFiles(manifest, [.. folds], [.. warnings]) { BatchSize = batchSize };
        }
        catch
        {
            foreach (ITensorSource fold in folds)
                fold.Dispose();
            throw;
        }
    }

    private static (ModelManifest Manifest, int? BatchSize) Describe(
        PyTorchCheckpoint first, IReadOnlyList<CheckpointInput> inputs, ModelOptions options, List<string> warnings, List<string> sources)
    {
        (ModelManifest manifest, int? batchSize) = first.Nnunet == NnunetVersion.V2 && options.PlansPath is null
            ? DescribeV2(first)
            : DescribeV1(first, options, warnings, sources);
        if (TrainerWarning(manifest, first.Path) is { } warning)
            warnings.Add(warning);
        ElementType[] types = [.. first.Tensors.Select(tensor => tensor.ElementType).Distinct()];
        manifest = manifest with
        {
            Licence = options.Licence,
            Labels = options.Labels ?? manifest.Labels,
            ElementType = types is [ElementType.F16 or ElementType.BF16] ? types[0] : ElementType.F32,
            Converter = Version,
            Folds = [.. inputs.Select(input => new FoldFile(input.Fold, $"fold_{input.Fold}.safetensors"))],
        };
        int highest = manifest.Labels.Keys.DefaultIfEmpty(0).Max();
        if (options.Labels is not null && highest > manifest.LargestLabel)
            throw new InvalidRequestException($"The label names reach to {highest}, but {first.Path} has {manifest.Architecture.Classes} classes; give names for 0 to {manifest.LargestLabel}.");
        return (manifest, batchSize);
    }

    private static (ModelManifest Manifest, int? BatchSize) DescribeV1(PyTorchCheckpoint checkpoint, ModelOptions options, List<string> warnings, List<string> sources)
    {
        (string path, string trainer, NnunetV1Plans plans, NnunetV1Stage stage) = FindPlans(checkpoint, options, warnings);
        sources.Add(path);
        StuNetConfig config = StuNetConfig.FromTensorShapes(checkpoint.Shapes(), stage.PoolOpKernelSizes, checkpoint.Path);
        RequireFit(checkpoint, config, plans.NumModalities, plans.NumClasses + 1, path);
        bool published = plans.NumClasses == LabelNames.TotalSegmentator.Count - 1 && plans.NormalizationSchemes is ["nonCT"]
            && stage.CurrentSpacing is [1.5, 1.5, 1.5] && stage.PatchSize == new Int3(128, 128, 128);
        ModelManifest manifest = new()
        {
            Architecture = config,
            PatchSize = stage.PatchSize,
            SpacingMm = stage.CurrentSpacing,
            TransposeForward = plans.TransposeForward,
            TransposeBackward = plans.TransposeBackward,
            Channels = plans.Channels,
            Labels = published ? LabelNames.TotalSegmentator : ImmutableSortedDictionary<int, string>.Empty,
            Trainer = trainer,
            Nnunet = NnunetVersion.V1,
            Export = plans.Export,
            MirrorAxes = AllAxes,
            ElementType = ElementType.F32,
            Folds = [],
        };
        return (manifest, stage.BatchSize);
    }

    private static (ModelManifest Manifest, int? BatchSize) DescribeV2(PyTorchCheckpoint checkpoint)
    {
        NnunetV2Settings settings = NnunetV2Settings.Read(checkpoint.Root);
        StuNetConfig config = StuNetConfig.FromTensorShapes(checkpoint.Shapes(), settings.Poolings, checkpoint.Path);
        RequireFit(checkpoint, config, settings.Channels.Length, settings.Regions.IsEmpty ? settings.Labels.Count : settings.Regions.Length, checkpoint.Path);
        ModelManifest manifest = new()
        {
            Architecture = config,
            PatchSize = settings.PatchSize,
            SpacingMm = settings.SpacingMm,
            TransposeForward = settings.TransposeForward,
            TransposeBackward = settings.TransposeBackward,
            Channels = settings.Channels,
            Labels = settings.Labels,
            Regions = settings.Regions,
            Trainer = settings.Trainer,
            Nnunet = NnunetVersion.V2,
            MirrorAxes = settings.MirrorAxes,
            ElementType = ElementType.F32,
            Folds = [],
        };
        return (manifest, settings.BatchSize);
    }

    private static void RequireFit(PyTorchCheckpoint checkpoint, StuNetConfig config, int channels, int classes, string plansPath)
    {
        if (config.InputChannels != channels)
            throw new InvalidFileException(checkpoint.Path, "conv_blocks_context.0.0.conv1.weight", $"the network has {config.InputChannels} input channels, the plans in {plansPath} have {channels}");
        if (config.Classes != classes)
            throw new InvalidFileException(checkpoint.Path, $"{StuNetParameters.Head(config.Stages - 2)}.weight", $"the network has {config.Classes} classes, the plans in {plansPath} have {classes} (background included)");
    }

    // The side file, as the reference reads it; else the plans of the model folder, two levels up.
    private static NnunetV1PlansFile FindPlans(PyTorchCheckpoint checkpoint, ModelOptions options, List<string> warnings)
    {
        string side = options.PlansPath ?? $"{checkpoint.Path}.pkl";
        if (options.PlansPath is not null || File.Exists(side))
            return NnunetV1PlansFile.Read(side);

        string folder = Path.GetDirectoryName(Path.GetFullPath(checkpoint.Path))!;
        foreach (string candidate in new[] { Path.Combine(folder, PlansFileName), Path.Combine(folder, "..", PlansFileName) })
        {
            if (!File.Exists(candidate))
                continue;
            string path = Path.GetFullPath(candidate);
            warnings.Add($"{side}: missing; the plans are taken from {path}.");
            return NnunetV1PlansFile.Read(path);
        }

        throw new InvalidFileException(side, "", "the file does not exist, and there is no plans.pkl beside or above the checkpoint", "copy the side file beside the checkpoint, or give the plans");
    }

    private static string? TrainerWarning(ModelManifest manifest, string path)
    {
        (string Suffix, StuNetSize Size)[] suffixes = [("small", StuNetSize.S), ("base", StuNetSize.B), ("large", StuNetSize.L), ("huge", StuNetSize.H)];
        string[] parts = manifest.Trainer.Split('_');
        StuNetSize? named = manifest.Trainer == "STUNetTrainer" ? StuNetSize.B : null;
        foreach ((string suffix, StuNetSize size) in suffixes)
        {
            if (parts.Skip(1).Contains(suffix))
                named = size;
        }

        if (named is null || named == manifest.Architecture.NamedSize)
            return null;
        return $"{path}: the trainer's name {manifest.Trainer} says STU-Net-{named}, but the tensors are those of {manifest.Architecture}; the tensors decide.";
    }
}
