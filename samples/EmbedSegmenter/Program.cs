using STUNet.Core;
using STUNet.Imaging;
using STUNet.Inference;

// Usage: EmbedSegmenter MODEL_FOLDER IMAGE LABELS
using SegmentationModel model = SegmentationModel.Open(args[0]);
using CpuDevice device = new();
using Segmenter segmenter = new(model, device, new SegmenterOptions { Mirroring = false });

Volume image = VolumeFile.Read(args[1]);
SegmentationResult result = segmenter.Segment([image]);
VolumeFile.Write(args[2], result.Labels);

foreach (StageTime stage in result.Times)
    Console.WriteLine($"{stage.Stage}: {stage.Duration.TotalSeconds:F1} s");
foreach ((int label, string name) in model.Labels)
{
    int voxels = Enumerable.Range(0, (int)result.Labels.Size.Product).Count(index => result.Labels[index] == label);
    Console.WriteLine($"{name}: {voxels} voxels");
}
