using STUNet.Benchmarks.Engines;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Kernels;
using STUNet.Model;
using STUNet.TestKit.Ops;
using STUNet.Training;

namespace STUNet.Benchmarks.Gpu;

/// <summary>
/// Training steps of a published network, batch 2, on random images and labels. What takes one pass over memory is recomputed, as by default, and blocks where the device's memory asks for it.
/// </summary>
internal sealed class TrainingRun : IDisposable
{
    private const int Batch = 2;

    private readonly TrainingNetwork _network;
    private readonly float[] _image;
    private readonly IReadOnlyList<TrainingTarget> _targets;
    private int _steps;

    public TrainingRun(GpuDevice device, PartOptions options, TrainingMode mode, bool isProfiled)
    {
        StuNetConfig architecture = options.TrainingNetwork;
        Int3 patch = options.TrainingPatch;
        TrainingStepSettings settings = mode.Of(new TrainingStepSettings
        {
            Network = architecture,
            BatchSize = Batch,
            Patch = patch,
            Loss = new SegmentationLoss(DiceForm.Version2, BatchDice: false),
            Weights = TrainingTarget.Weights,
            Version = NnunetVersion.V2,
            Optimiser = new Sgd { Momentum = TrainingStep.Momentum, WeightDecay = TrainingStep.WeightDecay, MaxGradientNorm = TrainingStep.MaxNorm },
        });
        PlanOptions plan = new() { Recompute = Recompute.Cheap, Profile = isProfiled, KernelFilter = options.KernelFilter };
        try
        {
            _network = Create(plan);
            Recompute = plan.Recompute;
        }
        catch (InsufficientResourcesException)
        {
            Recompute = Recompute.Blocks;
            _network = Create(plan with { Recompute = Recompute });
        }

        Scale = mode.FirstScale;
        _image = OpCase.Uniform(Batch * patch.Product, "image");
        _targets = TrainingTarget.Of(architecture, patch, Batch);

        TrainingNetwork Create(PlanOptions plan) => new(settings, device, new FreshParameters(new SeededParameters(architecture, "gpu")), plan);
    }

    /// <summary>What the backward pass computes anew.</summary>
    public Recompute Recompute { get; }

    /// <summary>The factor on the loss of the next step.</summary>
    public LossScale Scale { get; private set; }

    public PlanReport Report => _network.Report;

    public IReadOnlyList<StepProfile> Profile => _network.Profile;

    public string Clock => _network.ProfileClock;

    /// <summary>How the steps are run: launched, or replayed as graphs.</summary>
    public string RunDescription => _network.RunDescription;

    /// <summary>One step with images and labels from the host, its loss read. A step whose gradients leave binary16 changes nothing and halves the factor.</summary>
    /// <returns>Whether the gradients were finite.</returns>
    /// <exception cref="InvalidDataException">They are not, and no factor is to blame.</exception>
    public bool Step()
    {
        TrainingStepResult result = _network.Step(_image, scale => _targets[scale].Labels, TrainingStep.Rate, _steps + 1, Scale.Factor);
        bool isFinite = float.IsFinite(result.GradientNorm);
        if (!float.IsFinite(result.Loss) || (!isFinite && Scale.Factor <= LossScale.Least))
            throw new InvalidDataException($"the loss is {result.Loss} and the gradients' norm {result.GradientNorm} in step {_steps + 1}: the step computes wrong numbers");
        _steps += isFinite ? 1 : 0;
        Scale = Scale.After(isFinite);
        return isFinite;
    }

    /// <summary>Enqueues one more step on the same images.</summary>
    public void Enqueue() => _network.Enqueue(TrainingStep.Rate, ++_steps, Scale.Factor);

    public void Dispose() => _network.Dispose();
}
