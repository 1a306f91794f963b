namespace STUNet.Training;

/// <summary>Where the wall time of an epoch went, in seconds; of an epoch that was resumed only what came after.</summary>
/// <param name="Total">The whole epoch, checkpoints not included.</param>
/// <param name="Network">Inside the network, training and validation.</param>
/// <param name="WaitingForData">Waiting for samples of training.</param>
/// <param name="Validation">The whole validation.</param>
public readonly record struct EpochTimes(double Total, double Network, double WaitingForData, double Validation)
{
    /// <summary>Share of the wall time inside the network, 0 to 1.</summary>
    public double NetworkShare => Total > 0 ? Network / Total : 0;
}
