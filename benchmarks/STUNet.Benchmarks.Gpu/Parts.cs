namespace STUNet.Benchmarks.Gpu;

/// <summary>Every part by its name, in the order of a whole run.</summary>
internal static class Parts
{
    public static IReadOnlyList<IPart> All { get; } =
        [new DevicePart(), new PtxPart(), new KernelsPart(), new OpsPart(), new GoldensPart(), new TrajectoryPart(), new VolumesPart(), new PeakPart(), new PatchPart(), new LayersPart(), new TrainingPart(), new BackwardPart()];
}
