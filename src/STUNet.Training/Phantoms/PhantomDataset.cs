using System.Globalization;
using System.Text.Json.Nodes;
using STUNet.Core;
using STUNet.Imaging;

namespace STUNet.Training;

/// <summary>Data sets of torso phantoms in nnU-Net v2's raw layout, to try training without any patient's data.</summary>
/// <param name="Cases">Number of phantoms.</param>
/// <param name="Seed">Selects them. Phantom i of a seed is the same in every data set of one size and spacing, on one kind of machine.</param>
/// <param name="Size">Voxels (z, y, x) of every phantom; null draws a size for each, about 290x230x320 mm.</param>
/// <param name="Spacing">Spacing of every phantom.</param>
public sealed record PhantomDataset(int Cases, ulong Seed, Int3? Size, Spacing Spacing)
{
    private const string Ending = ".nii.gz";

    /// <summary>Writes the data set, <c>dataset.json</c> last.</summary>
    /// <param name="folder">The folder <c>DatasetXXX_Name</c>; created if missing.</param>
    /// <param name="pool">The workers; each has one phantom in memory.</param>
    /// <param name="progress">Told after every phantom, from any worker.</param>
    /// <param name="cancellation">Stops soon; what is left behind is no data set, and a later run writes over it.</param>
    /// <exception cref="InvalidRequestException">The folder holds a data set already.</exception>
    public void Write(string folder, WorkerPool pool, IProgress<CaseProgress>? progress = null, CancellationToken cancellation = default)
    {
        string description = Path.Combine(folder, DatasetDescription.FileName);
        if (File.Exists(description))
            throw new InvalidRequestException($"{folder} holds a data set already; name a new folder, or remove it.");
        cancellation.ThrowIfCancellationRequested();
        string images = Directory.CreateDirectory(Path.Combine(folder, "imagesTr")).FullName;
        string labels = Directory.CreateDirectory(Path.Combine(folder, "labelsTr")).FullName;
        CaseLoop.Run([.. Enumerable.Range(0, Cases)], pool, progress, cancellation, i =>
        {
            SampleRandom random = new(Seed, epoch: 0, sample: i);
            TorsoPhantom phantom = TorsoPhantom.Create(random, Size ?? DrawSize(random), Spacing, cancellation);
            string name = "phantom_" + (i + 1).ToString("D4", CultureInfo.InvariantCulture);
            VolumeFile.Write(TrainingCase.ChannelPath(Path.Combine(images, name), 0, Ending), phantom.Image, VoxelStorage.Int16);
            VolumeFile.Write(Path.Combine(labels, name + Ending), phantom.Labels);
            return name;
        });
        NnunetJson.Write(description, Describe());
    }

    /// <summary>A size that covers as much as one drawn at the usual spacing.</summary>
    private Int3 DrawSize(SampleRandom random)
    {
        (Int3 drawn, Spacing usual) = (TorsoPhantom.DrawSize(random), TorsoPhantom.UsualSpacing);
        return Int3.From(axis => (int)Math.Clamp(Math.Round(drawn[axis] * usual[axis] / Spacing[axis]), 1, 1 << 16));
    }

    private JsonObject Describe()
    {
        JsonObject labels = [];
        for (int label = 0; label < TorsoPhantom.LabelNames.Count; label++)
            labels[TorsoPhantom.LabelNames[label]] = label;
        return new JsonObject
        {
            ["channel_names"] = new JsonObject { ["0"] = "CT" },
            ["labels"] = labels,
            ["numTraining"] = Cases,
            ["file_ending"] = Ending,
            ["description"] = $"synthetic torso phantoms of stunet phantom, seed {Seed.ToString(CultureInfo.InvariantCulture)}; nothing of a patient",
        };
    }
}
