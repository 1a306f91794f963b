using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>What an epoch gave: one line of <c>training_log.jsonl</c>.</summary>
/// <param name="Epoch">The epoch, from 0.</param>
/// <param name="LearningRate">Its learning rate.</param>
/// <param name="TrainingLoss">Mean of the steps' losses.</param>
/// <param name="ValidationLoss">Mean of the validation batches' losses.</param>
/// <param name="Dice">Pseudo Dice per foreground class or region; NaN (null in the file) for one that was neither there nor predicted.</param>
/// <param name="MeanDice">Mean of those that are not NaN.</param>
/// <param name="AverageDice">Moving average of <paramref name="MeanDice"/>.</param>
/// <param name="Times">Where the time went.</param>
public sealed record EpochRecord(
    int Epoch, double LearningRate, double TrainingLoss, double ValidationLoss, ImmutableArray<double> Dice, double MeanDice, double AverageDice, EpochTimes Times)
{
    private const int Milliseconds = 3;

    internal string ToJsonLine() => new JsonObject
    {
        ["epoch"] = Epoch,
        ["learning_rate"] = LearningRate,
        ["train_loss"] = Number(TrainingLoss),
        ["validation_loss"] = Number(ValidationLoss),
        ["pseudo_dice"] = new JsonArray([.. Dice.Select(Number)]),
        ["mean_pseudo_dice"] = Number(MeanDice),
        ["average_pseudo_dice"] = Number(AverageDice),
        ["seconds"] = new JsonObject
        {
            ["total"] = Math.Round(Times.Total, Milliseconds),
            ["network"] = Math.Round(Times.Network, Milliseconds),
            ["waiting_for_data"] = Math.Round(Times.WaitingForData, Milliseconds),
            ["validation"] = Math.Round(Times.Validation, Milliseconds),
        },
        ["network_share"] = Math.Round(Times.NetworkShare, Milliseconds),
    }.ToJsonString();

    internal static EpochRecord Read(JsonField root)
    {
        JsonField seconds = root["seconds"];
        return new EpochRecord(
            root["epoch"].Int(0, int.MaxValue),
            root["learning_rate"].Double(),
            OrNaN(root.Optional("train_loss")),
            OrNaN(root.Optional("validation_loss")),
            root["pseudo_dice"].List(item => item.Value.ValueKind == JsonValueKind.Null ? double.NaN : item.Double(), 0, int.MaxValue),
            OrNaN(root.Optional("mean_pseudo_dice")),
            OrNaN(root.Optional("average_pseudo_dice")),
            new EpochTimes(seconds["total"].Double(), seconds["network"].Double(), seconds["waiting_for_data"].Double(), seconds["validation"].Double()));
    }

    /// <summary>The epoch in one line for people.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"epoch {Epoch}: loss {TrainingLoss:F4}, validation {ValidationLoss:F4}, pseudo Dice {MeanDice:F4} (average {AverageDice:F4}), rate {LearningRate:G4}, "
        + $"{Times.Total:F1} s ({100 * Times.NetworkShare:F0} % network)");

    private static double OrNaN(JsonField? field) => field?.Double() ?? double.NaN;

    private static JsonNode? Number(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;
}
