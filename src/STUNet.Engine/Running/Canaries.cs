using STUNet.Core;

namespace STUNet.Engine;

/// <summary>
/// Guard bytes behind every block of an arena. Blocks share memory over time, so a guard is written when its block comes to life and checked after
/// every step as long as the block lives.
/// </summary>
internal sealed class Canaries(PlanLayout layout, Device device, DeviceMemory arena)
{
    /// <summary>Bytes of one guard.</summary>
    public const int ByteLength = 256;

    private const byte Pattern = 0xA5;

    /// <summary>Writes the guards of the blocks that come to life at a step.</summary>
    public void Arm(int step)
    {
        foreach ((MemoryBlock block, long end) in layout.Blocks)
        {
            if (block.FirstStep == step)
                device.Fill(arena, end, ByteLength, Pattern);
        }
    }

    /// <summary>Checks the guards of the blocks alive at a step.</summary>
    /// <exception cref="InvalidOperationException">A kernel wrote past the end of a block.</exception>
    public void Check(int step)
    {
        Span<byte> found = stackalloc byte[ByteLength];
        foreach ((MemoryBlock block, long end) in layout.Blocks)
        {
            if (block.FirstStep > step || block.LastStep < step)
                continue;
            device.Download(arena, end, found);
            if (found.ContainsAnyExcept(Pattern))
                throw new InvalidOperationException($"Step {step}, {layout.Report.Steps[step].Label} ({layout.Report.Steps[step].Kernel}), wrote past the end of a block at arena offset {end}.");
        }
    }
}
