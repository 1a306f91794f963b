using System.Collections.Immutable;
using STUNet.Core;
using STUNet.Model;

namespace STUNet.WeightsConverter;

/// <summary>Converts PyTorch checkpoints into a model folder: safetensors under PyTorch's parameter names, and model.json.</summary>
public static class CheckpointConverter
{
    /// <summary>
    /// Converts one checkpoint per fold. Tensors go through memory in pieces of about a megabyte, whatever the size of the checkpoint. The
    /// manifest is written last; when anything fails or is cancelled, the files written so far are removed.
    /// </summary>
    /// <param name="request">What to convert.</param>
    /// <param name="progress">Told about every few megabytes.</param>
    /// <param name="cancellation">Stops between pieces.</param>
    /// <exception cref="StuNetException">An input is unusable, or a value does not fit the element type; the message names file and field.</exception>
    public static ConversionResult Convert(
        ConversionRequest request, IProgress<ConversionProgress>? progress = null, CancellationToken cancellation = default)
    {
        RequireFloats(request.ElementType);
        List<string> sources = [];
        using ModelFiles model = NnunetModel.Open(request.Inputs, request.Options, sources);
        ModelManifest manifest = model.Manifest with { ElementType = request.ElementType };
        Reporter reporter = new(progress, WeightBytes(model) + sources.Sum(path => new FileInfo(path).Length), cancellation);
        return Write(request.OutputFolder, model, manifest, reporter, written => written with { Sources = [.. sources.Select(path => Hash(path, reporter))] });
    }

    /// <summary>Writes a model folder anew: its weights in another element type, its manifest changed.</summary>
    /// <param name="model">The model.</param>
    /// <param name="manifest">What the new folder is to say; the same network and folds.</param>
    /// <param name="outputFolder">The folder; another than the model's.</param>
    /// <param name="progress">Told about every few megabytes.</param>
    /// <param name="cancellation">Stops between pieces.</param>
    /// <exception cref="StuNetException">A value does not fit the element type, or the model would overwrite itself.</exception>
    public static ConversionResult Rewrite(
        ModelFiles model, ModelManifest manifest, string outputFolder, IProgress<ConversionProgress>? progress = null, CancellationToken cancellation = default)
    {
        RequireFloats(manifest.ElementType);
        string output = Path.TrimEndingDirectorySeparator(Path.GetFullPath(outputFolder));
        if (model.Folds.Any(fold => Path.GetDirectoryName(Path.GetFullPath(fold.Path)) == output))
            throw new InvalidRequestException($"{outputFolder} is the model that is read; give another folder.");
        return Write(outputFolder, model, manifest, new Reporter(progress, WeightBytes(model), cancellation), written => written);
    }

    private static void RequireFloats(ElementType type)
    {
        if (type is not (ElementType.F32 or ElementType.F16 or ElementType.BF16))
            throw new InvalidRequestException($"Weights cannot be stored as {type}; use --dtype f32, f16 or bf16.");
    }

    private static long WeightBytes(ModelFiles model) => StuNetParameters.Count(model.Manifest.Architecture) * sizeof(float) * model.Folds.Length;

    private static ConversionResult Write(string folder, ModelFiles model, ModelManifest manifest, Reporter reporter, Func<ModelManifest, ModelManifest> finish)
    {
        Directory.CreateDirectory(folder);
        List<string> written = [];
        try
        {
            ImmutableArray<FoldFile>.Builder folds = ImmutableArray.CreateBuilder<FoldFile>(model.Folds.Length);
            for (int i = 0; i < model.Folds.Length; i++)
            {
                string path = Path.Combine(folder, manifest.Folds[i].File);
                WriteFold(path, model.Folds[i], manifest, reporter);
                written.Add(path);
                folds.Add(manifest.Folds[i] with { Sha256 = FileHash.Sha256(path, cancellation: reporter.Cancellation) });
            }

            manifest = finish(manifest with { Folds = folds.MoveToImmutable() });
            manifest.Write(Path.Combine(folder, ModelManifest.FileName));
        }
        catch
        {
            written.ForEach(File.Delete);
            throw;
        }

        return new ConversionResult(manifest, model.Warnings);
    }

    private static void WriteFold(string path, ITensorSource fold, ModelManifest manifest, Reporter reporter)
    {
        ImmutableArray<TensorInfo> tensors =
            [.. StuNetParameters.Enumerate(manifest.Architecture).Select(parameter => new TensorInfo(parameter.Name, parameter.Shape, manifest.ElementType))];
        SafetensorsWriter.Write(
            path,
            tensors,
            (tensor, start, values) =>
            {
                fold.Read(tensor.Name, start, values);
                reporter.Advance($"weights of {fold.Path}", sizeof(float) * (long)values.Length);
            },
            cancellation: reporter.Cancellation);
    }

    private static SourceFile Hash(string path, Reporter reporter)
    {
        string sha256 = FileHash.Sha256(path, bytes => reporter.Advance($"SHA-256 of {path}", bytes), reporter.Cancellation);
        string folder = Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(path)) ?? "");
        string name = Path.GetFileName(path);
        bool inFold = folder == "all" || folder.StartsWith("fold_", StringComparison.Ordinal);
        return new SourceFile(inFold ? $"{folder}/{name}" : name, new FileInfo(path).Length, sha256);
    }

    private sealed class Reporter(IProgress<ConversionProgress>? progress, long total, CancellationToken cancellation)
    {
        private const long StepBytes = 4 << 20;
        private long _done;
        private long _reported;

        public CancellationToken Cancellation => cancellation;

        public void Advance(string step, long bytes)
        {
            _done += bytes;
            if (_done - _reported < StepBytes && _done < total)
                return;
            _reported = _done;
            progress?.Report(new ConversionProgress(step, _done, total));
        }
    }
}
