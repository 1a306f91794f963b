using STUNet.Core;
using STUNet.Model;
using static STUNet.WeightsConverter.PickledObjects;

namespace STUNet.WeightsConverter;

/// <summary>Writes a model as the trainer folder of nnU-Net v1 or v2, which PyTorch and nnU-Net load.</summary>
public static class PyTorchExporter
{
    /// <summary>
    /// Writes one checkpoint per fold, with float32 tensors, and the plans beside. There is no optimiser state, so a training goes on from epoch 0.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="plans">What it was trained with; where null, what the manifest does not say (names of data set and planner, batch size, median sizes) is left out or stands at nnU-Net's default.</param>
    /// <param name="folder">The trainer folder to write; made if missing.</param>
    /// <param name="form">Whose checkpoints.</param>
    /// <param name="progress">Told about every piece.</param>
    /// <param name="cancellation">Stops between pieces; files that were not there before are removed.</param>
    /// <returns>The files, and what the user should know.</returns>
    /// <exception cref="InvalidRequestException">That nnU-Net has no such normalisation, or no regions.</exception>
    public static (IReadOnlyList<string> Files, IReadOnlyList<string> Warnings) Write(
        ModelFiles model, ExportedPlans? plans, string folder, NnunetVersion form, IProgress<ConversionProgress>? progress = null, CancellationToken cancellation = default) =>
        Write(model.Manifest, [.. model.Manifest.Folds.Zip(model.Folds, (fold, weights) => new ExportedCheckpoint(fold.Name, weights))], plans, folder, form, progress, cancellation);

    /// <summary>Writes checkpoints, with optimiser and epochs where they have a training, and the plans beside.</summary>
    /// <param name="manifest">The model; its folds have no meaning here.</param>
    /// <param name="checkpoints">The checkpoints; their tensors have the manifest's architecture.</param>
    /// <param name="plans">What it was trained with; null where that is not known.</param>
    /// <param name="folder">The trainer folder to write; made if missing.</param>
    /// <param name="form">Whose checkpoints.</param>
    /// <param name="progress">Told about every piece.</param>
    /// <param name="cancellation">Stops between pieces; files that were not there before are removed.</param>
    /// <returns>The files, and what the user should know.</returns>
    /// <exception cref="InvalidRequestException">That nnU-Net has no such normalisation.</exception>
    public static (IReadOnlyList<string> Files, IReadOnlyList<string> Warnings) Write(
        ModelManifest manifest,
        IReadOnlyList<ExportedCheckpoint> checkpoints,
        ExportedPlans? plans,
        string folder,
        NnunetVersion form,
        IProgress<ConversionProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        if (form == NnunetVersion.V1 && !manifest.Regions.IsEmpty)
            throw new InvalidRequestException("The outputs of the model are regions, which checkpoints of nnU-Net v1 do not have; write those of v2.");
        List<string> warnings = [];
        string trainer = TrainerOf(manifest, warnings);
        ChannelNormalization[] channels = [.. manifest.Channels.Select(channel => channel with { Scheme = NameOf(channel.Scheme, form) })];
        ExportedPlans planned = plans ?? NnunetV2Objects.Described(manifest, channels);
        AddWhatFormCannotSay(warnings, manifest, checkpoints, form);
        (ExportedCheckpoint Checkpoint, TorchArchive Archive, PickleDict Root)[] archives = [.. checkpoints.Select(Archive)];
        long total = archives.Sum(entry => entry.Archive.TensorBytes);
        long done = 0;
        List<string> written = [];
        List<string> added = []; // not there before; what replaced a file stays, whole
        string Begin(params string[] names)
        {
            string path = Path.Combine([folder, .. names]);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            written.Add(path);
            if (!File.Exists(path))
                added.Add(path);
            return path;
        }

        (ExportedCheckpoint Checkpoint, TorchArchive Archive, PickleDict Root) Archive(ExportedCheckpoint checkpoint)
        {
            TorchArchive archive = new();
            PickleCall weights = StateDict(archive, manifest, checkpoint.Tensors);
            ExportedTraining? training = checkpoint.Training;
            PickleDict? optimizer = training is null ? null : TrainingObjects.Optimizer(archive, manifest.Architecture, checkpoint, form);
            PickleDict root = form == NnunetVersion.V1
                ? NnunetV1Objects.Checkpoint(weights, optimizer, training)
                : NnunetV2Objects.Checkpoint(weights, optimizer, training, manifest, planned, trainer, checkpoint.Fold);
            return (checkpoint, archive, root);
        }

        try
        {
            foreach ((ExportedCheckpoint checkpoint, TorchArchive archive, PickleDict root) in archives)
            {
                (string name, string file) = (FolderOf(checkpoint.Fold, form), FileOf(checkpoint.Name, form));
                string path = Begin(name, file);
                archive.Write(path, root, bytes => progress?.Report(new ConversionProgress($"writing {path}", done += bytes, total)), cancellation);
                if (form == NnunetVersion.V1)
                    WritePickle(Begin(name, $"{file}.pkl"), NnunetV1Objects.SideFile(manifest, channels, planned, trainer, checkpoint.Fold));
            }

            if (form == NnunetVersion.V1)
            {
                WritePickle(Begin("plans.pkl"), NnunetV1Objects.Plans(manifest, channels, planned));
            }
            else
            {
                AtomicFile.WriteText(Begin("plans.json"), planned.Plans);
                AtomicFile.WriteText(Begin("dataset.json"), planned.Dataset);
                if (planned.Fingerprint is { } fingerprint)
                    AtomicFile.WriteText(Begin("dataset_fingerprint.json"), fingerprint);
            }
        }
        catch
        {
            added.ForEach(File.Delete);
            throw;
        }

        return (written, warnings);
    }

    // A model's preprocessing and its training may follow different versions; a form means one for both.
    private static void AddWhatFormCannotSay(List<string> warnings, ModelManifest manifest, IReadOnlyList<ExportedCheckpoint> checkpoints, NnunetVersion form)
    {
        string name = NnunetVersionName.Of(form);
        if (form != manifest.Nnunet)
        {
            warnings.Add(
                $"The model's images are preprocessed by the rules of nnU-Net {NnunetVersionName.Of(manifest.Nnunet)}, which checkpoints of {name} cannot say; "
                + $"{name} {(form == NnunetVersion.V1 ? "normalises after resampling and averages probabilities" : "normalises before resampling and averages logits")}, so its labels may differ.");
        }

        if (checkpoints.FirstOrDefault(checkpoint => checkpoint.Training is { } training && training.Rules != form)?.Training is { } other)
        {
            warnings.Add(
                $"The model was trained by the rules of nnU-Net {NnunetVersionName.Of(other.Rules)}, which checkpoints of {name} cannot say; predictions do not depend on them, but a training that goes on "
                + $"there follows the rules of {name}: its Dice loss, its targets of deep supervision, its validation batches and its moving averages.");
        }
    }

    private static string NameOf(string scheme, NnunetVersion form) => NormalizationName.Of(scheme, form)
        ?? throw new InvalidRequestException($"nnU-Net {NnunetVersionName.Of(form)} has no normalisation {scheme}; choose the other form with --form {(form == NnunetVersion.V1 ? "v2" : "v1")}.");

    private static string FolderOf(string fold, NnunetVersion form) => form == NnunetVersion.V1 && fold == "all" ? fold : $"fold_{fold}";

    private static string FileOf(CheckpointName name, NnunetVersion form) => (form, name) switch
    {
        (NnunetVersion.V1, CheckpointName.Final) => "model_final_checkpoint.model",
        (NnunetVersion.V1, CheckpointName.Best) => "model_best.model",
        (NnunetVersion.V1, _) => "model_latest.model",
        (_, CheckpointName.Final) => "checkpoint_final.pth",
        (_, CheckpointName.Best) => "checkpoint_best.pth",
        _ => "checkpoint_latest.pth",
    };

    private static PickleCall StateDict(TorchArchive archive, ModelManifest manifest, ITensorSource weights) => PickleCall.OrderedDict(
        Dict([.. StuNetParameters.Enumerate(manifest.Architecture).Select(parameter => ((object)parameter.Name, (object?)archive.Tensor(weights, parameter.Name, parameter.Shape)))]));

    private static void WritePickle(string path, object root) => AtomicFile.Write(path, stream => stream.Write(Pickler.Dump(root)));

    // The reference builds the network that the trainer's name says.
    private static string TrainerOf(ModelManifest manifest, List<string> warnings)
    {
        StuNetSize? size = manifest.Architecture.NamedSize;
        if (size is null)
            warnings.Add($"nnU-Net has no trainer that builds {manifest.Architecture}; PyTorch loads the tensors, but nnU-Net needs a trainer class of your own.");
        if (manifest.Trainer.Length > 0)
            return manifest.Trainer;
        return size switch
        {
            StuNetSize.S => "STUNetTrainer_small",
            StuNetSize.L => "STUNetTrainer_large",
            StuNetSize.H => "STUNetTrainer_huge",
            _ => "STUNetTrainer_base",
        };
    }
}
