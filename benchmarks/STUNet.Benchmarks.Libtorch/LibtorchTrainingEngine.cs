using STUNet.Benchmarks.Engines;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace STUNet.Benchmarks.Libtorch;

/// <summary>The training step in libtorch's ops with its autograd and its SGD, as nnU-Net v2 writes it in Python; what Python would have released is.</summary>
internal sealed class LibtorchTrainingEngine : IEngine
{
    private const float Smooth = 1e-5f;
    private readonly List<float> _losses = [];
    private LibtorchStuNet? _network;
    private optim.Optimizer? _optimiser;
    private Parameter[] _parameters = [];
    private Tensor? _image;
    private (Tensor Labels, double Weight)[] _targets = [];

    public string Version => $"libtorch {__version__}, TorchSharp {typeof(torch).Assembly.GetName().Version!.ToString(3)}";

    public ReadOnlySpan<float> Output => _losses.Take(TrainingStep.ComparedLosses).ToArray();

    public EngineReply Prepare(EngineJob job)
    {
        LibtorchLibrary.Load(job.Threads);
        _network = new LibtorchStuNet(job.Network(), job.Weights());
        _parameters = [.. _network.MakeTrainable()];
        _optimiser = optim.SGD(_parameters, TrainingStep.Rate, TrainingStep.Momentum, weight_decay: TrainingStep.WeightDecay, nesterov: true);
        _image = tensor(job.Image(), [job.Batch, 1, job.Patch.D, job.Patch.H, job.Patch.W]);
        _targets = [.. TrainingTarget.Of(job).Select(target => (tensor(target.Labels, [job.Batch, 1, target.Size.D, target.Size.H, target.Size.W]).@long(), target.Weight))];
        return new EngineReply { Kernel = "eager" };
    }

    public void Run()
    {
        using DisposeScope scope = NewDisposeScope();
        _optimiser!.zero_grad();
        IReadOnlyList<Tensor> logits = _network!.Forward(_image!, _targets.Length);
        Tensor? total = null;
        for (int scale = 0; scale < _targets.Length; scale++)
        {
            Tensor weighted = Loss(logits[scale], _targets[scale].Labels) * _targets[scale].Weight;
            logits[scale].Dispose();
            total = total is null ? weighted : total + weighted;
        }

        total!.backward();
        nn.utils.clip_grad_norm_(_parameters, TrainingStep.MaxNorm);
        _optimiser.step();
        _losses.Add(total.item<float>());
    }

    public double? MeasurePeak() => null;

    public void Dispose()
    {
        foreach ((Tensor labels, _) in _targets)
            labels.Dispose();
        _image?.Dispose();
        _optimiser?.Dispose();
        _network?.Dispose();
    }

    // Cross entropy plus nnU-Net v2's memory-efficient soft Dice of every sample and foreground class.
    private static Tensor Loss(Tensor logits, Tensor labels)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor entropy = nn.functional.cross_entropy(logits, labels.squeeze(1));
        Tensor probabilities = nn.functional.softmax(logits, 1);
        Tensor truth = zeros_like(logits, dtype: ScalarType.Bool).scatter_(1, labels, ones_like(labels, dtype: ScalarType.Bool))[.., 1..];
        Tensor foreground = probabilities[.., 1..];
        long[] voxels = [2, 3, 4];
        Tensor intersection = (foreground * truth).sum(voxels);
        Tensor dice = ((2 * intersection) + Smooth) / (truth.sum(voxels) + foreground.sum(voxels) + Smooth).clip(1e-8f);
        return (entropy - dice.mean()).MoveToOuterDisposeScope();
    }
}
