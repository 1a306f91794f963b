namespace STUNet.Inference;

/// <summary>Receives rows of probabilities on the export grid. Called from several threads at the same time, once per row.</summary>
internal unsafe interface IRowConsumer
{
    /// <summary>Takes a row.</summary>
    /// <param name="z">Slice of the export grid, in the network's axis order.</param>
    /// <param name="y">Row.</param>
    /// <param name="row">Probabilities [x, pitch], valid during the call only.</param>
    void Accept(int z, int y, float* row);
}
