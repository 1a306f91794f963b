using STUNet.Core;

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

    private TrainingFolder(string path, FileStream locked) => (Path, _lock) = (path, locked);

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The epoch log's file.</summary>
    public string LogPath => this[EpochLog.FileName];

    /// <summary>A file of the folder.</summary>
    /// <param name="file">Its name.</param>
    public string this[string file] => System.IO.Path.Combine(Path, file);

    /// <summary>Takes the folder for this process and removes what a killed one left unfinished.</summary>
    /// <param name="path">The folder; made if missing.</param>
    /// <param name="isContinued">Whether a training in it is to go on; a new one does not overwrite checkpoints.</param>
    /// <exception cref="InvalidRequestException">Another process trains in it, or it holds a training that is not to go on.</exception>
    public static TrainingFolder Open(string path, bool isContinued)
    {
        Directory.CreateDirectory(path);
        TrainingFolder folder = new(path, Lock(path));
        try
        {
            if (!isContinued && folder.Existing().FirstOrDefault() is { } existing)
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
        foreach (string path in Existing())
        {
            using TrainingCheckpoint header = TrainingCheckpoint.OpenHeader(path);
            if ((header.Epoch, header.Iteration).CompareTo(position) > 0)
                (furthest, position) = (path, (header.Epoch, header.Iteration));
        }

        return furthest is null ? null : TrainingCheckpoint.Open(furthest);
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    private IEnumerable<string> Existing() => new[] { FinalFile, LatestFile, BestFile }.Select(file => this[file]).Where(File.Exists);

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
