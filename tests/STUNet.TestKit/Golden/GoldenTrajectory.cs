using System.Text.Json;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Kernels;
using STUNet.Model;
using STUNet.Training;

namespace STUNet.TestKit.Golden;

/// <summary>The ten training steps of a tiny network that PyTorch has done: our network, set up like its, and its batches.</summary>
public sealed class GoldenTrajectory : IDisposable
{
    /// <summary>The file with initial parameters and batches; a case is one network.</summary>
    public const string BatchFile = "train/batches.safetensors";

    // Large enough for binary16, and far from its end for gradients of a norm of some units.
    private const float LossFactor = 1024;

    private readonly Shape _image;
    private readonly DeepSupervisionTargets _targets;
    private readonly AugmentationScratch _scratch = new();
    private readonly double[] _rates;

    /// <summary>Plans the step and reads the initial parameters.</summary>
    /// <param name="set">The golden set.</param>
    /// <param name="name">Name of the case.</param>
    /// <param name="version">Whose losses.</param>
    /// <param name="device">The device; must outlive this.</param>
    /// <param name="options">How to plan.</param>
    /// <param name="precision">What to compute with.</param>
    public GoldenTrajectory(GoldenSet set, string name, NnunetVersion version, Device device, PlanOptions? options = null, Precision precision = Precision.F32)
    {
        Batches = set.File(BatchFile);
        Expected = set.File(ExpectedFile(version));
        JsonElement @case = Batches.Case(name);
        StuNetConfig config = GoldenNetwork.ConfigOf(@case);
        _image = GoldenNetwork.ShapeOf(Batches.Tensor("x.0"));
        _targets = new DeepSupervisionTargets(_image.Size, [.. config.Strides], NnunetVersion.V1);
        _rates = Expected.Tensor("lr").Cast<double>();
        TrainingStepSettings settings = new()
        {
            Network = config,
            BatchSize = _image.N,
            Patch = _image.Size,
            Loss = version == NnunetVersion.V1
                ? new SegmentationLoss(DiceForm.Version1, @case.GetProperty("batch_dice")[0].GetBoolean())
                : new SegmentationLoss(DiceForm.Version2, @case.GetProperty("batch_dice")[1].GetBoolean()),
            Weights = [.. @case.GetProperty("ds_weights").EnumerateArray().Select(weight => weight.GetDouble())],
            Version = version,
            Precision = precision,
            ScalesLoss = precision == Precision.F16,
            Optimiser = new Sgd
            {
                Momentum = @case.GetProperty("momentum").GetSingle(),
                WeightDecay = @case.GetProperty("weight_decay").GetSingle(),
                MaxGradientNorm = @case.GetProperty("clip_norm").GetSingle(),
            },
        };
        FreshParameters parameters = new(new DictionaryParameters(parameter => Batches.Tensor($"init.{parameter}").ToSingles()));
        Network = new TrainingNetwork(settings, device, parameters, options);
    }

    /// <summary>Initial parameters and batches.</summary>
    public GoldenFile Batches { get; }

    /// <summary>What PyTorch came to.</summary>
    public GoldenFile Expected { get; }

    /// <summary>Our network.</summary>
    public TrainingNetwork Network { get; }

    /// <summary>Number of steps.</summary>
    public int Steps => _rates.Length;

    /// <summary>The file of a version's results.</summary>
    public static string ExpectedFile(NnunetVersion version) => version == NnunetVersion.V1 ? "train/v1.safetensors" : "train/v2.safetensors";

    /// <summary>Does a step; they have to be done in order.</summary>
    /// <param name="step">Its number from 0.</param>
    public TrainingStepResult Step(int step)
    {
        float[] image = [.. Batches.Tensor($"x.{step}").ToSingles().Select(value => value / 64)];
        short[] labels = [.. Batches.Tensor($"target.{step}").ToSingles().Select(value => (short)value)];
        return Network.Step(image, scale => Shrunken(labels, scale), (float)_rates[step], step + 1, Network.Settings.ScalesLoss ? LossFactor : 1);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Network.Dispose();
        _scratch.Dispose();
    }

    private short[] Shrunken(short[] labels, int scale)
    {
        int voxels = (int)_image.Voxels;
        int length = _targets.Length(scale);
        short[] target = new short[_image.N * length];
        for (int n = 0; n < _image.N; n++)
            _targets.Write(labels.AsSpan(n * voxels, voxels), scale, target.AsSpan(n * length, length), _scratch);
        return target;
    }
}
