using STUNet.Core;
using STUNet.WeightsConverter;

namespace STUNet.Training;

/// <summary>The folds somebody has put into the folder of a preprocessed data set.</summary>
/// <param name="Path">The file: <c>splits_final.json</c>, or nnU-Net v1's <c>splits_final.pkl</c> where that is not there.</param>
/// <param name="Splits">The folds.</param>
public sealed record SplitsFile(string Path, DataSplits Splits)
{
    /// <summary>Name of nnU-Net v1's file.</summary>
    public const string Version1Name = "splits_final.pkl";

    /// <summary>Whether it is v1's file.</summary>
    public bool IsVersion1 => System.IO.Path.GetFileName(Path) == Version1Name;

    /// <summary>Reads the file of a folder; null where there is neither.</summary>
    /// <param name="folder">The folder; need not exist.</param>
    /// <exception cref="InvalidFileException">The file is wrong; the message names the field.</exception>
    public static SplitsFile? Find(string folder)
    {
        (string json, string pickle) = (System.IO.Path.Combine(folder, DataSplits.FileName), System.IO.Path.Combine(folder, Version1Name));
        if (File.Exists(json))
            return new SplitsFile(json, DataSplits.Read(json));
        return File.Exists(pickle) ? new SplitsFile(pickle, new DataSplits([.. NnunetV1Splits.Read(pickle).Select(fold => new DataSplit(fold.Train, fold.Validation))])) : null;
    }
}
