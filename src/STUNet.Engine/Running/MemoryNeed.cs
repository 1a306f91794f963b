using STUNet.Core;
using static STUNet.Core.ByteCount;

namespace STUNet.Engine;

/// <summary>What plans need of a device, compared with what it has before a byte of it is allocated.</summary>
/// <param name="ArenaBytes">Intermediates and scratch, in one block.</param>
/// <param name="InputBytes">Inputs.</param>
/// <param name="ParameterBytes">Parameters that must be brought to the device.</param>
internal readonly record struct MemoryNeed(long ArenaBytes, long InputBytes, long ParameterBytes)
{
    private string Sentence =>
        $"the network needs {Describe(ArenaBytes + InputBytes + ParameterBytes)} ({Describe(ArenaBytes)} for activations, {Describe(InputBytes)} for inputs, {Describe(ParameterBytes)} for weights)";

    /// <summary>Checks that a device has it, as far as it tells.</summary>
    /// <param name="device">The device.</param>
    /// <exception cref="InsufficientResourcesException">It has not; the sentence says what is needed, what there is, and what to change.</exception>
    public void RequireFrom(Device device)
    {
        if (device.Room is not { } room)
            return;
        if (ArenaBytes + InputBytes + ParameterBytes > room.FreeBytes)
        {
            throw new InsufficientResourcesException(
                $"{device.Caps.Name} has too little memory: {Sentence}, and {Describe(room.FreeBytes)} of {Describe(room.TotalBytes)} are free; "
                + "use a smaller patch, batch or model, close other programs that use the device, or use --device cpu.");
        }

        if (ArenaBytes > room.LargestBlockBytes)
        {
            throw new InsufficientResourcesException(
                $"{device.Caps.Name} gives at most {Describe(room.LargestBlockBytes)} of memory in one block, and the network's activations need {Describe(ArenaBytes)}; "
                + "use a smaller patch or batch, or use --device cpu.");
        }
    }

    /// <summary>Tells what is needed in all, where an allocation on the way there was refused.</summary>
    /// <param name="refused">The refusal.</param>
    public InsufficientResourcesException Refused(InsufficientResourcesException refused) => new($"Too little memory: {Sentence}. {refused.Message}", refused);
}
