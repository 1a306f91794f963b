using System.Globalization;
using System.Text.Json.Nodes;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>Where a training stands, besides parameters and buffers of the optimiser. Immutable.</summary>
internal sealed record TrainingState
{
    /// <summary>Epochs that are done.</summary>
    public int Epoch { get; init; }

    /// <summary>Steps of the present epoch that are done: with the epoch, the position in the stream of samples.</summary>
    public int Iteration { get; init; }

    /// <summary>Sum of those steps' losses.</summary>
    public double LossSum { get; init; }

    /// <summary>Momentum of SGD, which v1 changes when it restarts; 0 with AdamW.</summary>
    public required float Momentum { get; init; }

    /// <summary>Where the factor on the loss stands; null where the loss is not scaled.</summary>
    public LossScale? LossScale { get; init; }

    /// <summary>v1's moving average of the training loss; null before the first epoch and in v2.</summary>
    public double? AverageLoss { get; init; }

    /// <summary>The moving average of the pseudo Dice; null before the first epoch.</summary>
    public double? AverageDice { get; init; }

    /// <summary>The largest average of the pseudo Dice; null before the first epoch and in v1.</summary>
    public double? Best { get; init; }

    /// <summary>What the training began with; null where its checkpoints do not tell.</summary>
    public InitialWeights? Initial { get; init; }

    public JsonObject ToJson()
    {
        JsonObject json = Position();
        if (LossScale is { } scale)
            json["loss_scale"] = new JsonObject { ["factor"] = Text(scale.Factor), ["good_steps"] = scale.GoodSteps, ["skipped_steps"] = scale.SkippedSteps };
        if (Initial is { } initial)
            json["initial_weights"] = initial.ToJson();
        return json;
    }

    private JsonObject Position() => new()
    {
        ["epoch"] = Epoch,
        ["iteration"] = Iteration,
        ["loss_sum"] = Text(LossSum),
        ["momentum"] = Text(Momentum),
        ["average_loss"] = Text(AverageLoss),
        ["average_dice"] = Text(AverageDice),
        ["best"] = Text(Best),
    };

    public static TrainingState Read(JsonField root) => new()
    {
        Epoch = root["epoch"].Int(0, int.MaxValue),
        Iteration = root["iteration"].Int(0, int.MaxValue),
        LossSum = Number(root["loss_sum"]),
        Momentum = (float)Number(root["momentum"]),
        LossScale = root.Optional("loss_scale") is { } scale ? ReadLossScale(scale) : null,
        AverageLoss = OptionalNumber(root, "average_loss"),
        AverageDice = OptionalNumber(root, "average_dice"),
        Best = OptionalNumber(root, "best"),
        Initial = root.Optional("initial_weights") is { } initial ? InitialWeights.Read(initial) : null,
    };

    private static LossScale ReadLossScale(JsonField field) => new()
    {
        Factor = (float)Number(field["factor"]),
        GoodSteps = field["good_steps"].Int(0, int.MaxValue),
        SkippedSteps = field["skipped_steps"].Int(0, int.MaxValue),
    };

    // As text: an average may be NaN, which JSON has no number for, and the shortest text that gives the same bits back is kept as it is.
    private static string? Text(double? value) => value?.ToString("R", CultureInfo.InvariantCulture);

    private static double? OptionalNumber(JsonField root, string name) => root.Optional(name) is { } field ? Number(field) : null;

    private static double Number(JsonField field) =>
        double.TryParse(field.Text(), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : throw field.Wrong("expected a number as text");
}
