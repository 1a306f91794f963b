using System.Collections.Immutable;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Kernels;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>The recordings of training: the step, and the losses and predictions of validation.</summary>
internal sealed class TrainingTape
{
    /// <summary>Input: the images, NCDHW.</summary>
    public const string Image = "image";

    /// <summary>Output: weighted total, cross entropy and Dice, summed over the resolutions.</summary>
    public const string Loss = "loss";

    /// <summary>Output of a step: norm of all gradients before clipping, of the scaled loss where it is scaled.</summary>
    public const string Norm = "gradient_norm";

    /// <summary>Output of validation at full resolution: the class of the largest logit, U8; of a loss of regions the logits themselves, float32.</summary>
    public const string Prediction = "prediction";

    private readonly TrainingStepSettings _settings;
    private readonly List<(int Scale, Value Target)> _targets = [];

    private TrainingTape(TrainingStepSettings settings)
    {
        _settings = settings;
        Value image = Tape.Input(Image, new TensorDesc(new Shape(settings.BatchSize, settings.Network.InputChannels, settings.Patch), Layout.NCDHW));
        Heads = StuNet.Forward(Tape, settings.Network, Cast(Tape.Apply(new RelayoutOp(Layout.NDHWC), "image.channels_last", image), settings.Precision.Activations()), isTrained: true);
        Total = RecordLoss();
        Tape.Output(Loss, Total);
    }

    public Tape Tape { get; } = new();

    /// <summary>The targets the tape reads, of the scales that have a part in the loss.</summary>
    public IReadOnlyList<(int Scale, Value Target)> Targets => _targets;

    private ImmutableArray<Value> Heads { get; }

    private Value Total { get; }

    /// <summary>Records forward, losses, backward and the optimiser.</summary>
    public static TrainingTape OfStep(TrainingStepSettings settings)
    {
        TrainingTape recorded = new(settings);
        recorded.RecordUpdate();
        return recorded;
    }

    /// <summary>Records forward and losses, with the prediction as an output.</summary>
    public static TrainingTape OfValidation(TrainingStepSettings settings)
    {
        TrainingTape recorded = new(settings);
        Value logits = recorded.Cast(recorded.Heads[0], DType.F32);
        recorded.Tape.Output(Prediction, settings.Loss.HasRegions ? logits : recorded.Tape.Apply(new ArgMaxOp(), "labels", logits));
        return recorded;
    }

    private Value RecordLoss()
    {
        Value? total = null;
        SegmentationLoss loss = _settings.Loss;
        for (int scale = 0; scale < Math.Min(Heads.Length, _settings.Weights.Count); scale++)
        {
            if (_settings.Weights[scale] == 0)
                continue;
            Value logits = Heads[scale];
            int channels = loss.HasRegions ? logits.Desc.Shape.C + (loss.IgnoreLabel is null ? 0 : 1) : 1;
            Value target = Tape.Input($"target.{scale}", new TensorDesc(logits.Desc.Shape with { C = channels }, Layout.NCDHW, DType.U8));
            _targets.Add((scale, target));
            Value sums = Tape.Apply(new SegmentationLossSumsOp(loss), $"loss.{scale}.sums", logits, target);
            Value value = Tape.Apply(new SegmentationLossOp(loss, (float)_settings.Weights[scale]), $"loss.{scale}", logits, target, sums);
            total = total is null ? value : Tape.Apply(new AddOp(), $"loss.up_to_{scale}", total, value);
        }

        return total ?? throw new InvalidRequestException("Every weight of deep supervision is 0: there is nothing to train for.");
    }

    private Value Cast(Value value, DType type) => value.Desc.DType == type ? value : Tape.Apply(new CastOp(type), $"{value.Name}.{type}", value);

    private void RecordUpdate()
    {
        Value[] parameters = [.. Tape.Nodes.SelectMany(node => node.Inputs).Where(value => value.Kind == ValueKind.Variable).Distinct()];
        IReadOnlyDictionary<Value, Value> gradients = _settings.ScalesLoss
            ? Tape.Backward(new Dictionary<Value, Value> { [Total] = Tape.Apply(new LossScaleOp(Total.Desc), $"{Total.Name}.scale") }, parameters)
            : Tape.Backward(Total, parameters);
        Value norm = Tape.Apply(new GlobalNormOp(), Norm, [.. parameters.Where(gradients.ContainsKey).Select(parameter => gradients[parameter])]);
        Tape.Output(Norm, norm);
        Op update = _settings.Optimiser.Update;
        foreach (Value parameter in parameters)
        {
            Value? gradient = gradients.GetValueOrDefault(parameter) ?? (Decays(parameter) ? Tape.Apply(new FillOp(0, parameter.Desc), $"{parameter.Name}.zero") : null);
            if (gradient is null)
                continue;
            IEnumerable<Value> buffers = _settings.Optimiser.BuffersOf(parameter.Name).Select(name => Tape.Parameter(name, parameter.Desc.Shape, isVariable: true));
            Tape.Apply(update, $"{parameter.Name}.update", [parameter, .. buffers, gradient, norm]);
        }
    }

    // A head whose loss version 2 multiplies by 0 has a gradient of 0, not none.
    private bool Decays(Value parameter)
    {
        if (_settings.Version == NnunetVersion.V1)
            return false;
        int scale = Heads.IndexOf(Heads.First(head => parameter.Name.StartsWith($"{head.Name}.", StringComparison.Ordinal)));
        return scale < _settings.Weights.Count;
    }
}
