using STUNet.Core;

namespace STUNet.Training;

/// <summary>Makes single samples; one object per worker, because of the memory it works in.</summary>
internal sealed class SampleMaker : IDisposable
{
    private readonly IReadOnlyList<ITrainingCase> _cases;
    private readonly SampleStreamSettings _settings;
    private readonly PatchSampler _sampler;
    private readonly TrainingAugmentation _augmentation;
    private readonly AugmentationScratch _scratch = new();
    private readonly short[] _labels;
    private SamplePatch? _loaded;

    public SampleMaker(IReadOnlyList<ITrainingCase> cases, SampleStreamSettings settings)
    {
        (_cases, _settings) = (cases, settings);
        Int3 loader = settings.IsAugmented ? LoaderPatch.Enlarged(settings.Patch, settings.InPlane) : settings.Patch;
        _sampler = new PatchSampler(settings.Version, loader, settings.Patch, settings.AnnotatedEntry);
        _augmentation = new TrainingAugmentation(cases[0].Channels, settings.InPlane, settings.MaskedChannels, settings.MirrorAxes);
        _labels = new short[settings.Patch.Product];
    }

    public void Dispose() => _scratch.Dispose();

    /// <summary>Makes a sample of a batch in its place. The batch knows its epoch and index, which with the seed decide everything.</summary>
    public void Make(TrainingBatch batch, int sample)
    {
        SampleRandom random = new(_settings.Seed, batch.Epoch, (long)batch.Index * _settings.BatchSize + sample);
        ITrainingCase source = _cases[random.Integer(0, _cases.Count - 1)];
        bool isForced = ForegroundOversampling.IsForced(sample, _settings.BatchSize, _settings.ForegroundShare);
        (Int3 start, _) = _sampler.Choose(source.Size, source.Locations, isForced, random.Integer);
        SamplePatch patch = new(source.Channels, _settings.Patch, batch.ImageOf(sample), _labels);
        if (_settings.IsAugmented)
            Augment(source, start, patch, random);
        else
            Finish(source, start, patch, TrainingAugmentation.Validation);

        for (int scale = 0; scale < batch.TargetShapes.Count; scale++)
            _settings.Targets.Write(_labels, scale, batch.TargetOf(scale, sample), _scratch);
    }

    private void Augment(ITrainingCase source, Int3 start, SamplePatch patch, SampleRandom random)
    {
        DrawnAugmentation drawn = _augmentation.Draw(random);
        if (drawn.Spatial.IsCentreCrop)
        {
            // Nothing reads what surrounds the centre: it need not be cut.
            Int3 centre = SpatialTransform.CentreStart(_sampler.Loader, patch.Size);
            Finish(source, Int3.From(axis => start[axis] + centre[axis]), patch, drawn.Steps);
            return;
        }

        _loaded ??= new SamplePatch(source.Channels, _sampler.Loader);
        Cut(source, start, _loaded);
        drawn.Spatial.Apply(_loaded, patch, _scratch);
        Apply(drawn.Steps, patch);
    }

    private void Finish(ITrainingCase source, Int3 start, SamplePatch patch, IReadOnlyList<IAugmentation> steps)
    {
        Cut(source, start, patch);
        Apply(steps, patch);
    }

    private void Apply(IReadOnlyList<IAugmentation> steps, SamplePatch patch)
    {
        foreach (IAugmentation step in steps)
            step.Apply(patch, _scratch);
    }

    private static void Cut(ITrainingCase source, Int3 start, SamplePatch patch)
    {
        for (int c = 0; c < patch.Channels; c++)
            PatchCropping.Crop(source.Channel(c), source.Size, start, patch.Channel(c).Span, patch.Size, 0f);
        PatchCropping.Crop(source.Labels, source.Size, start, patch.Labels.Span, patch.Size, PatchCropping.OutsideLabel);
    }
}
