using System.Globalization;
using STUNet.Core;
using STUNet.Inference;

namespace STUNet.Cli;

/// <summary>What nnUNet_predict leaves in its output folder beside the label maps.</summary>
internal static class ReferenceFiles
{
    private static readonly string[] Copied = ["plans.pkl", PostprocessingFile.FileName];

    /// <summary>Copies the model's plans (and post-processing, where it has one) and writes the time taken, in seconds, as a JSON number.</summary>
    /// <param name="modelFolder">The folder that holds the folds.</param>
    /// <param name="output">The output folder.</param>
    /// <param name="time">The time taken.</param>
    public static void Write(string modelFolder, OutputPaths output, TimeSpan time)
    {
        foreach (string name in Copied)
        {
            string source = Path.Combine(modelFolder, name);
            if (!File.Exists(source))
                continue;
            AtomicFile.Write(output.InFolder(name), stream =>
            {
                using FileStream original = File.OpenRead(source);
                original.CopyTo(stream);
            });
        }

        AtomicFile.WriteText(output.InFolder("prediction_time.txt"), time.TotalSeconds.ToString("R", CultureInfo.InvariantCulture));
    }
}
