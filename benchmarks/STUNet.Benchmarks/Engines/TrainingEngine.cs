using STUNet.Core;
using STUNet.Engine;
using STUNet.Kernels;
using STUNet.Model;
using STUNet.Training;

namespace STUNet.Benchmarks.Engines;

/// <summary>This repository's training step: images and labels in memory in; forward, losses of all resolutions, backward, clipping, update. Its output is the losses of the first steps.</summary>
/// <param name="recompute">What backward computes again instead of keeping it.</param>
internal sealed class TrainingEngine(Recompute recompute) : IEngine
{
    private readonly List<float> _losses = [];
    private CpuDevice? _device;
    private TrainingNetwork? _network;
    private float[] _image = [];
    private IReadOnlyList<TrainingTarget> _targets = [];

    public string Version => $"STUNet.Native, {_device!.Caps.Name}";

    public ReadOnlySpan<float> Output => _losses.Take(TrainingStep.ComparedLosses).ToArray();

    /// <summary>What a job computes.</summary>
    public static TrainingStepSettings Settings(EngineJob job) => new()
    {
        Network = job.Network(),
        BatchSize = job.Batch,
        Patch = job.Patch,
        Loss = new SegmentationLoss(DiceForm.Version2, BatchDice: false),
        Weights = TrainingTarget.Weights,
        Version = NnunetVersion.V2,
        Optimiser = new Sgd { Momentum = TrainingStep.Momentum, WeightDecay = TrainingStep.WeightDecay, MaxGradientNorm = TrainingStep.MaxNorm },
    };

    public EngineReply Prepare(EngineJob job)
    {
        Dispose();
        _losses.Clear();
        _device = new CpuDevice(job.Threads);
        _network = new TrainingNetwork(Settings(job), _device, new FreshParameters(job.Weights()), new PlanOptions { Recompute = recompute });
        (_image, _targets) = (job.Image(), TrainingTarget.Of(job));
        return new EngineReply { Flops = _network.Report.Work.Flops, Kernel = $"recompute {recompute}".ToLowerInvariant() };
    }

    public void Run() => _losses.Add(_network!.Step(_image, scale => _targets[scale].Labels, TrainingStep.Rate, _losses.Count + 1).Loss);

    public double? MeasurePeak() => FmaPeak.Measure(_device!).Wall;

    public void Dispose()
    {
        _network?.Dispose();
        _device?.Dispose();
    }
}
