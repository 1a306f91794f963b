using System.Runtime.InteropServices;
using STUNet.Core;
using STUNet.Engine;

namespace STUNet.Training;

/// <summary>
/// A network in training on one device: parameters and what the optimiser remembers of them, the planned step, and validation on the same parameters in the same memory.
/// Nothing is allocated on the device after construction. Not thread-safe.
/// </summary>
public sealed class TrainingNetwork : IDisposable
{
    private readonly Device _device;
    private readonly CompiledModel _model;
    private readonly TrainingTape _step;
    private readonly Plan _stepPlan;
    private readonly Plan _validationPlan;
    private readonly Dictionary<string, Value> _variables;
    private readonly byte[][] _labels;

    /// <summary>Plans step and validation and reads the parameters.</summary>
    /// <param name="settings">What to compute.</param>
    /// <param name="device">The device; must outlive the network.</param>
    /// <param name="parameters">The parameters to begin with. It is asked for the buffers of the optimiser too, by <c>momentum/NAME</c> and for AdamW <c>square/NAME</c>.</param>
    /// <param name="options">How to plan the step; defaults where null.</param>
    /// <exception cref="InsufficientResourcesException">The device has not the memory for both.</exception>
    /// <exception cref="InvalidRequestException">There are more classes than labels, or the device is a CPU and the precision not its own.</exception>
    public TrainingNetwork(TrainingStepSettings settings, Device device, IParameterSource parameters, PlanOptions? options = null)
    {
        if (!settings.Loss.HasRegions && settings.Network.Classes > byte.MaxValue + 1)
            throw new InvalidRequestException($"The network has {settings.Network.Classes} classes and can be trained for at most {byte.MaxValue + 1}: labels are 0 to {byte.MaxValue}.");
        settings.Precision.RequireGpu(device, "Training", "train in f32");
        Settings = settings;
        _device = device;
        _model = new CompiledModel(device, parameters);
        _step = TrainingTape.OfStep(settings);
        try
        {
            PlanOptions chosen = (options ?? new()).For(settings.Precision);
            // The same kernels validate.
            IReadOnlyList<Plan> plans = _model.CreatePlans((_step.Tape, chosen), (TrainingTape.OfValidation(settings).Tape, chosen with { Profile = false }));
            (_stepPlan, _validationPlan) = (plans[0], plans[1]);
        }
        catch
        {
            _model.Dispose();
            throw;
        }

        _variables = _step.Tape.Nodes.SelectMany(node => node.Inputs).Where(value => value.Kind == ValueKind.Variable).Distinct().ToDictionary(value => value.Name);
        _labels = [.. _step.Targets.Select(read => new byte[read.Target.Desc.ByteLength])];
    }

    /// <summary>What the network computes.</summary>
    public TrainingStepSettings Settings { get; }

    /// <summary>What a step would do and need; allocates nothing on the device, which need not be there.</summary>
    /// <param name="settings">What to compute.</param>
    /// <param name="device">The device to plan for.</param>
    /// <param name="options">How to plan the step.</param>
    public static PlanReport Measure(TrainingStepSettings settings, Device device, PlanOptions options) =>
        PlanReport.Of(TrainingTape.OfStep(settings).Tape, device, options.For(settings.Precision));

    /// <summary>Number of elements of what <see cref="Validate"/> predicts.</summary>
    public int PredictionCount => checked((int)_validationPlan.View(TrainingTape.Prediction).Desc.Shape.Count);

    /// <summary>Names of everything that training changes: parameters, and the buffers of those that have a gradient.</summary>
    public IReadOnlyCollection<string> Variables => _variables.Keys;

    /// <summary>The step as planned.</summary>
    public PlanReport Report => _stepPlan.Report;

    /// <summary>Time of every op of the latest step; empty unless planned with <see cref="PlanOptions.Profile"/>.</summary>
    public IReadOnlyList<StepProfile> Profile => _stepPlan.Profile;

    /// <summary>What measured the <see cref="Profile"/>; empty without one.</summary>
    public string ProfileClock => _stepPlan.ProfileClock;

    /// <summary>How the device runs the step, as <see cref="Plan.RunDescription"/>.</summary>
    public string RunDescription => _stepPlan.RunDescription;

    /// <summary>Does one step: forward, loss, backward, clipping, update.</summary>
    /// <param name="image">NCDHW float32.</param>
    /// <param name="targets">NCDHW targets by scale, from the finest on.</param>
    /// <param name="learningRate">The rate.</param>
    /// <param name="number">Number of the step since the buffers were zeros, from 1; those that changed nothing do not count.</param>
    /// <param name="lossScale">Factor on the loss where <see cref="TrainingStepSettings.ScalesLoss"/>, a power of two.</param>
    public TrainingStepResult Step(ReadOnlySpan<float> image, Func<int, ReadOnlyMemory<short>> targets, float learningRate, int number, float lossScale = 1)
    {
        Upload(_stepPlan, image, targets);
        Enqueue(learningRate, number, lossScale).Wait();
        TrainingStepResult scaled = ResultOf(_stepPlan, hasNorm: true);
        return scaled with { GradientNorm = scaled.GradientNorm / lossScale };
    }

    /// <summary>Enqueues one more step on the images and targets of the latest, for clocks of the device: nothing is copied, nothing read, and on a GPU nothing waited for.</summary>
    /// <param name="learningRate">The rate.</param>
    /// <param name="number">Number of the step since the buffers were zeros, from 1.</param>
    /// <param name="lossScale">As for <see cref="Step"/>.</param>
    /// <returns>Its completion.</returns>
    public RunCompletion Enqueue(float learningRate, int number, float lossScale = 1)
    {
        if (lossScale != 1 && !Settings.ScalesLoss)
            throw new ArgumentException("The step was recorded without a factor on the loss.", nameof(lossScale));
        return _stepPlan.Run(new RunArguments { LearningRate = learningRate, OptimiserStep = number, LossScale = lossScale });
    }

    /// <summary>Computes the loss with the present parameters, and what they predict at full resolution.</summary>
    /// <param name="image">NCDHW float32.</param>
    /// <param name="targets">NCDHW targets by scale, from the finest on.</param>
    /// <param name="predicted">As many as <see cref="PredictionCount"/>: [N, voxels], the class of the largest logit, the first of equals; of a loss of regions [N, R, voxels], 1 where the logit is above 0, else 0.</param>
    public TrainingStepResult Validate(ReadOnlySpan<float> image, Func<int, ReadOnlyMemory<short>> targets, Span<byte> predicted)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(predicted.Length, PredictionCount);
        Upload(_validationPlan, image, targets);
        _validationPlan.Run().Wait();
        TensorView prediction = _validationPlan.View(TrainingTape.Prediction);
        if (Settings.Loss.HasRegions)
            PredictedRegions.Read(_device, prediction, predicted);
        else
            _device.Download(prediction.Memory, prediction.ByteOffset, predicted);
        return ResultOf(_validationPlan, hasNorm: false);
    }

    /// <summary>Reads the present values of a parameter or buffer, C order.</summary>
    /// <param name="variable">One of <see cref="Variables"/>.</param>
    /// <param name="values">As many as are wanted.</param>
    /// <param name="start">Index of the first of them.</param>
    public void Read(string variable, Span<float> values, long start = 0) => _model.Read(_variables[variable], values, start);

    /// <summary>Number of values of a parameter or buffer.</summary>
    /// <param name="variable">One of <see cref="Variables"/>.</param>
    public long CountOf(string variable) => _variables[variable].Desc.Shape.Count;

    /// <inheritdoc/>
    public void Dispose()
    {
        _validationPlan.Dispose();
        _stepPlan.Dispose();
        _model.Dispose();
    }

    private void Upload(Plan plan, ReadOnlySpan<float> image, Func<int, ReadOnlyMemory<short>> targets)
    {
        TensorView view = plan.View(TrainingTape.Image);
        ArgumentOutOfRangeException.ThrowIfNotEqual(image.Length, view.Desc.Shape.Count);
        _device.Upload(MemoryMarshal.AsBytes(image), view.Memory, view.ByteOffset);
        for (int i = 0; i < _labels.Length; i++)
        {
            (int scale, Value input) = _step.Targets[i];
            ToBytes(targets(scale).Span, _labels[i]);
            TensorView target = plan.View(input.Name);
            _device.Upload(_labels[i], target.Memory, target.ByteOffset);
        }
    }

    private static void ToBytes(ReadOnlySpan<short> labels, byte[] bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(labels.Length, bytes.Length);
        for (int i = 0; i < bytes.Length; i++)
        {
            if ((ushort)labels[i] > byte.MaxValue)
                throw new InvalidRequestException($"Label {labels[i]} cannot be trained: labels are 0 to 255.");
            bytes[i] = (byte)labels[i];
        }
    }

    private TrainingStepResult ResultOf(Plan plan, bool hasNorm)
    {
        Span<float> loss = stackalloc float[Kernels.SegmentationLossOp.Parts];
        Span<float> norm = stackalloc float[1];
        Download(plan.View(TrainingTape.Loss), loss);
        if (hasNorm)
            Download(plan.View(TrainingTape.Norm), norm);
        return new TrainingStepResult(loss[0], loss[1], loss[2], norm[0]);
    }

    private void Download(TensorView view, Span<float> values) => _device.Download(view.Memory, view.ByteOffset, MemoryMarshal.AsBytes(values));
}
