using STUNet.Core;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>
/// What the name of a STU-Net trainer says: <c>STUNetTrainer_small</c>, <c>_base</c>, <c>_large</c> or <c>_huge</c>, with <c>_ep2k</c> or <c>_ep4k</c> for more epochs
/// and <c>_ft</c> for fine-tuning. <c>STUNetTrainer</c> alone is the base size.
/// </summary>
/// <param name="Name">The name.</param>
/// <param name="Size">The network.</param>
/// <param name="Epochs">Epochs to train.</param>
/// <param name="InitialLearningRate">The rate of the first epoch.</param>
public sealed record TrainerName(string Name, StuNetSize Size, int Epochs, double InitialLearningRate)
{
    private const string Prefix = "STUNetTrainer";
    private static readonly (string Text, StuNetSize Size)[] Sizes = [("_small", StuNetSize.S), ("_base", StuNetSize.B), ("_large", StuNetSize.L), ("_huge", StuNetSize.H)];
    private static readonly (string Text, int Epochs, double Rate)[] Suffixes = [("", 1000, 0.01), ("_ep2k", 2000, 0.01), ("_ep4k", 4000, 0.01), ("_ft", 1000, 0.001)];

    /// <summary>Reads a name.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="InvalidRequestException">There is no such trainer.</exception>
    public static TrainerName Parse(string name)
    {
        if (name == Prefix)
            return new TrainerName(name, StuNetSize.B, Suffixes[0].Epochs, Suffixes[0].Rate);
        foreach ((string text, StuNetSize size) in Sizes)
        {
            foreach ((string suffix, int epochs, double rate) in Suffixes)
            {
                if (name == Prefix + text + suffix)
                    return new TrainerName(name, size, epochs, rate);
            }
        }

        throw new InvalidRequestException(
            $"There is no trainer {name}; choose {Prefix}_small, _base, _large or _huge, with _ep2k or _ep4k for 2000 or 4000 epochs or _ft for fine-tuning.");
    }
}
