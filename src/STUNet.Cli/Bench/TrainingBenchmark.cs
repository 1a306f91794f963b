using STUNet.Core;
using STUNet.Engine;
using STUNet.Kernels;
using STUNet.Model;
using STUNet.Training;

namespace STUNet.Cli;

/// <summary>One training step of a network, ready to be timed: forward, losses of all resolutions by v2's rules, backward, clipping, update. Images and labels lie on the device.</summary>
internal sealed class TrainingBenchmark : PlanBenchmark
{
    // Parameters stay ordinary numbers, however often the step is run on random labels.
    private const float Rate = 1e-4f;

    private readonly TrainingNetwork _network;
    private int _steps;

    /// <summary>Plans the step, and does it once.</summary>
    public TrainingBenchmark(NetworkSource source, TrainingStepSettings settings, Device device, PlanOptions options)
    {
        _network = new TrainingNetwork(settings, device, new FreshParameters(source.Parameters), options);
        Random random = CreateRandom();
        float[] image = DrawImage(random, settings.BatchSize * settings.Network.InputChannels * settings.Patch.Product);
        Int3[] sizes = DeepSupervision.Sizes(settings.Patch, DeepSupervision.Scales([.. settings.Network.Strides], NnunetVersion.V1));
        _network.Step(image, Draw, Rate, ++_steps);

        ReadOnlyMemory<short> Draw(int scale)
        {
            short[] labels = new short[settings.BatchSize * sizes[scale].Product];
            for (int i = 0; i < labels.Length; i++)
                labels[i] = (short)random.Next(settings.Network.Classes);
            return labels;
        }
    }

    /// <inheritdoc/>
    public override PlanReport Report => _network.Report;

    /// <inheritdoc/>
    public override string Clock => _network.ProfileClock;

    /// <summary>The step that is timed: v2's loss and optimiser.</summary>
    /// <param name="network">The architecture.</param>
    /// <param name="patch">Size of the patch (z, y, x).</param>
    /// <param name="batch">Samples.</param>
    /// <param name="precision">What it computes with.</param>
    public static TrainingStepSettings SettingsOf(StuNetConfig network, Int3 patch, int batch, Precision precision) => new()
    {
        Network = network,
        BatchSize = batch,
        Patch = patch,
        Loss = new SegmentationLoss(DiceForm.Version2, BatchDice: false),
        Weights = DeepSupervision.Weights(network.Strides.Length),
        Version = NnunetVersion.V2,
        Precision = precision,
        ScalesLoss = precision == Precision.F16,
    };

    /// <inheritdoc/>
    public override void Dispose() => _network.Dispose();

    /// <inheritdoc/>
    protected override IReadOnlyList<StepProfile> RunOnce()
    {
        _network.Enqueue(Rate, ++_steps).Wait();
        return _network.Profile;
    }
}
