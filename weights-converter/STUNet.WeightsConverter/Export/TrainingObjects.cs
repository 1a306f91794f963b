using STUNet.Model;
using static STUNet.WeightsConverter.PickledObjects;

namespace STUNet.WeightsConverter;

/// <summary>The objects that a training leaves in a checkpoint: the optimiser's state dict, and the lists of the epochs.</summary>
internal static class TrainingObjects
{
    /// <summary>The state dict of torch.optim.SGD: buffers by the parameter's place in the network, and one group of all parameters.</summary>
    /// <param name="archive">Gets the buffers.</param>
    /// <param name="network">The network.</param>
    /// <param name="checkpoint">The checkpoint; it has a training.</param>
    /// <param name="form">Whose checkpoint: v1 sets the next epoch's rate before it saves.</param>
    public static PickleDict Optimizer(TorchArchive archive, StuNetConfig network, ExportedCheckpoint checkpoint, NnunetVersion form)
    {
        ExportedTraining training = checkpoint.Training!;
        StuNetParameter[] parameters = [.. StuNetParameters.Enumerate(network)];
        PickleDict state = new();
        for (int i = 0; i < parameters.Length; i++)
        {
            if (training.BufferOf(parameters[i].Name) is { } buffer)
                state.Set((long)i, Dict(("momentum_buffer", archive.Tensor(checkpoint.Tensors, buffer, parameters[i].Shape))));
        }

        PickleDict group = Dict(
            ("lr", training.LearningRateOf(form == NnunetVersion.V1 ? training.Epoch : Math.Max(0, training.Epoch - 1))),
            ("momentum", training.Momentum),
            ("dampening", 0L),
            ("weight_decay", training.WeightDecay),
            ("nesterov", true),
            ("maximize", false),
            ("foreach", null),
            ("differentiable", false),
            ("params", List(Enumerable.Range(0, parameters.Length).Select(i => (long)i))));
        return Dict(("state", state), ("param_groups", List([group])));
    }

    /// <summary>The state dict of torch's GradScaler; null where the loss is not scaled.</summary>
    public static PickleDict? LossScale(ExportedTraining? training) => training?.LossScale is { } scale
        ? Dict(
            ("scale", scale.Scale),
            ("growth_factor", scale.GrowthFactor),
            ("backoff_factor", scale.BackoffFactor),
            ("growth_interval", (long)scale.GrowthInterval),
            ("_growth_tracker", (long)scale.GoodSteps))
        : null;

    /// <summary>v1's losses and metric per epoch; it never measures the second validation loss.</summary>
    public static PickleTuple PlotStuff(ExportedTraining? training) => Tuple(
        Numbers(training, epoch => epoch.TrainingLoss), Numbers(training, epoch => epoch.ValidationLoss), new PickleList(), Numbers(training, epoch => epoch.MeanDice));

    /// <summary>v1's best epoch by the average training loss, that average, and the best average of the metric.</summary>
    public static PickleTuple BestStuff(ExportedTraining? training)
    {
        if (training is null || training.Epochs.IsEmpty)
            return Tuple(null, null, null);
        int best = Enumerable.Range(0, training.Epochs.Length).MinBy(i => training.Epochs[i].AverageLoss);
        return Tuple((long)best, training.Epochs[best].AverageLoss, BestDice(training));
    }

    /// <summary>The largest average of the pseudo Dice; null before the first epoch.</summary>
    public static object? BestDice(ExportedTraining? training) =>
        training is null || training.Epochs.IsEmpty ? null : training.Epochs.Max(epoch => epoch.AverageDice);

    /// <summary>v2's lists. The times of day are not known: seconds of training stand for them, whose differences are right.</summary>
    public static PickleDict Logging(ExportedTraining? training)
    {
        double[] ends = new double[training?.Epochs.Length ?? 0];
        for (int i = 0; i < ends.Length; i++)
            ends[i] = training!.Epochs[i].Seconds + (i > 0 ? ends[i - 1] : 0);
        return Dict(
            ("mean_fg_dice", Numbers(training, epoch => epoch.MeanDice)),
            ("ema_fg_dice", Numbers(training, epoch => epoch.AverageDice)),
            ("dice_per_class_or_region", training is null ? new PickleList() : List(training.Epochs.Select(epoch => List(epoch.Dice)))),
            ("train_losses", Numbers(training, epoch => epoch.TrainingLoss)),
            ("val_losses", Numbers(training, epoch => epoch.ValidationLoss)),
            ("lrs", Numbers(training, epoch => epoch.LearningRate)),
            ("epoch_start_timestamps", List(ends.Select((end, i) => end - training!.Epochs[i].Seconds))),
            ("epoch_end_timestamps", List(ends)));
    }

    private static PickleList Numbers(ExportedTraining? training, Func<ExportedEpoch, double> number) => training is null ? new PickleList() : List(training.Epochs.Select(number));
}
