using STUNet.Core;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>The folder of one fold: its checkpoints and its log. One process at a time trains in it.</summary>
public sealed class TrainingFolder : IDisposable
{
    /// <summary>The state of a while ago.</summary>
    public const string LatestFile = "checkpoint_latest.safetensors";

    /// <summary>The state with the best average pseudo Dice (v2).</summary>
    public const string BestFile = "checkpoint_best.safetensors";

    /// <summary>The state after the last epoch.</summary>
    public const string FinalFile = "checkpoint_final.safetensors";

    /// <summary>The model that is trained, as <c>model.json</c> will describe it.</summary>
    public const string PlannedFile = "planned_model.json";

    private const string LockFile = "training.lock";
    private const string PartialFiles = "*.partial";
    private readonly FileStream _lock;
    private readonly string[] _made;

    private TrainingFolder(string path, FileStream locked, string[] made) => (Path, _lock, _made) = (path, locked, made);

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The epoch log's file.</summary>
    public string LogPath => this[EpochLog.FileName];

    /// <summary>A file of the folder.</summary>
    /// <param name="file">Its name.</param>
    public string this[string file] => System.IO.Path.Combine(Path, file);

    /// <summary>Whether a folder holds a checkpoint, which a training goes on from.</summary>
    /// <param name="path">The folder; it may not exist.</param>
    public static bool IsBegun(string path) => Existing(path).Any();

    /// <summary>Takes the folder for this process and removes what a killed one left unfinished.</summary>
    /// <param name="path">The folder; made if missing, and removed again when it is closed with nothing in it.</param>
    /// <param name="isContinued">Whether a training in it is to go on; a new one does not overwrite checkpoints.</param>
    /// <exception cref="InvalidRequestException">Another process trains in it, or it holds a training that is not to go on.</exception>
    public static TrainingFolder Open(string path, bool isContinued)
    {
        string[] missing = [.. MissingOf(path)];
        Directory.CreateDirectory(path);
        TrainingFolder folder = new(path, Lock(path), missing);
        try
        {
            if (!isContinued && Existing(path).FirstOrDefault() is { } existing)
                throw new InvalidRequestException($"{existing} is the checkpoint of a training; go on with it (--c), or name another folder.");
            foreach (string partial in Directory.GetFiles(path, PartialFiles))
                File.Delete(partial);
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Opens the checkpoint that is furthest, verified; null where there is none.</summary>
    /// <exception cref="InvalidFileException">A checkpoint is damaged.</exception>
    public TrainingCheckpoint? OpenFurthest()
    {
        string? furthest = null;
        (int Epoch, int Iteration) position = (-1, 0);
        foreach (string path in Existing(Path))
        {
            using TrainingCheckpoint header = TrainingCheckpoint.OpenHeader(path);
            if ((header.Epoch, header.Iteration).CompareTo(position) > 0)
                (furthest, position) = (path, (header.Epoch, header.Iteration));
        }

        return furthest is null ? null : TrainingCheckpoint.Open(furthest);
    }

    /// <summary>Begins a training, or goes on with it; where that fails before its first step, nothing of a new one stays in the folder.</summary>
    /// <param name="open">Opens the trainer in this folder.</param>
    /// <param name="keep">Writes what is kept with the model.</param>
    /// <param name="manifest">The model.</param>
    /// <param name="fold">The fold.</param>
    /// <exception cref="TrainingFailedException">A file could not be written.</exception>
    public Trainer Begin(Func<Trainer> open, Action keep, ModelManifest manifest, string fold)
    {
        Trainer? trainer = null;
        try
        {
            trainer = open();
            keep();
            TrainedModel.WritePlanned(this, manifest, fold);
            return trainer;
        }
        catch (Exception failure)
        {
            trainer?.Dispose();
            if (!IsBegun(Path))
            {
                File.Delete(LogPath);
                File.Delete(this[PlannedFile]);
            }

            if (failure is IOException or UnauthorizedAccessException)
                throw new TrainingFailedException($"The training in {Path} could not begin ({failure.Message.TrimEnd('.')}): make room, or name another folder, and give the same command again.", failure);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _lock.Dispose();
        try
        {
            foreach (string folder in _made.TakeWhile(folder => Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any()))
                Directory.Delete(folder);
        }
        catch (IOException)
        {
            // Another process has put something there in the meantime.
        }
    }

    private static IEnumerable<string> Existing(string path) => new[] { FinalFile, LatestFile, BestFile }.Select(file => System.IO.Path.Combine(path, file)).Where(File.Exists);

    // The innermost comes first.
    private static IEnumerable<string> MissingOf(string path)
    {
        for (string? folder = System.IO.Path.GetFullPath(path); folder is not null && !Directory.Exists(folder); folder = System.IO.Path.GetDirectoryName(folder))
            yield return folder;
    }

    private static FileStream Lock(string path)
    {
        try
        {
            return new FileStream(System.IO.Path.Combine(path, LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException failure) when (failure is not (DirectoryNotFoundException or PathTooLongException))
        {
            throw new InvalidRequestException($"{path} cannot be taken for training ({failure.Message.TrimEnd('.')}); wait for the other process that trains in it, or name another folder.", failure);
        }
    }
}
