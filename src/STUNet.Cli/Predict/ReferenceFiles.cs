using System.Globalization;
using STUNet.Core;
using STUNet.Inference;
using STUNet.Training;

namespace STUNet.Cli;

/// <summary>What nnU-Net leaves in its output folder beside the label maps.</summary>
internal static class ReferenceFiles
{
    private static readonly string[] OfVersion1 = ["plans.pkl", PostprocessingFile.FileName];
    private static readonly string[] ForEnsembles = [TrainedPlans.PlansFile, DatasetDescription.FileName];

    /// <summary>Copies the model's plans (and post-processing, where it has one) and writes the time taken, in seconds, as a JSON number.</summary>
    /// <param name="modelFolder">The folder that holds the folds.</param>
    /// <param name="output">The output folder.</param>
    /// <param name="time">The time taken.</param>
    public static void Write(string modelFolder, OutputPaths output, TimeSpan time)
    {
        Copy(OfVersion1, modelFolder, output);
        AtomicFile.WriteText(output.InFolder("prediction_time.txt"), time.TotalSeconds.ToString("R", CultureInfo.InvariantCulture));
    }

    /// <summary>Copies plans and data set of a model folder, where it has them: nnUNetv2_ensemble looks for them beside the probabilities.</summary>
    /// <param name="modelFolder">The model folder.</param>
    /// <param name="output">The output folder.</param>
    public static void CopyForEnsembles(string modelFolder, OutputPaths output) => Copy(ForEnsembles, modelFolder, output);

    private static void Copy(IEnumerable<string> names, string modelFolder, OutputPaths output)
    {
        foreach (string name in names)
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
    }
}
