using STUNet.Training;

namespace STUNet.Cli;

/// <summary>Curves over the epochs that share an axis.</summary>
/// <param name="Title">What the axis shows.</param>
/// <param name="Curves">The curves.</param>
internal sealed record EpochPanel(string Title, IReadOnlyList<EpochCurve> Curves)
{
    /// <summary>The losses.</summary>
    public static EpochPanel Loss { get; } = new("loss", [new("training", epoch => epoch.TrainingLoss), new("validation", epoch => epoch.ValidationLoss)]);

    /// <summary>The pseudo Dice of all classes together.</summary>
    public static EpochPanel Dice { get; } = new("pseudo Dice", [new("mean of classes", epoch => epoch.MeanDice), new("moving average", epoch => epoch.AverageDice)]);

    /// <summary>The learning rate.</summary>
    public static EpochPanel LearningRate { get; } = new("learning rate", [new("", epoch => epoch.LearningRate)]);

    /// <summary>Where the time of an epoch goes.</summary>
    public static EpochPanel Seconds { get; } = new("seconds per epoch",
    [
        new("whole epoch", epoch => epoch.Times.Total),
        new("network", epoch => epoch.Times.Network),
        new("validation", epoch => epoch.Times.Validation),
        new("waiting for data", epoch => epoch.Times.WaitingForData),
    ]);

    /// <summary>The pseudo Dice of every class.</summary>
    /// <param name="classes">Their names, in the order of <see cref="EpochRecord.Dice"/>.</param>
    public static EpochPanel DiceOf(IReadOnlyList<string> classes) => new(
        "pseudo Dice per class", [.. classes.Select((name, i) => new EpochCurve(name, epoch => i < epoch.Dice.Length ? epoch.Dice[i] : double.NaN))]);
}
