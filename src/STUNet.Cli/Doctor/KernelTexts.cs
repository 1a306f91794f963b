using System.Text.Json.Nodes;
using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.Cli;

/// <summary>The GPU kernels as files of PTX, one each: what NVIDIA's own assembler and disassembler read.</summary>
internal static class KernelTexts
{
    /// <summary>Writes the kernels whose names contain a part, and says how many.</summary>
    /// <param name="folder">Receives the files; made if it does not exist.</param>
    /// <param name="part">The part; empty for all.</param>
    /// <param name="terminal">Where to say it.</param>
    public static void Write(string folder, string part, CommandConsole terminal)
    {
        if (folder.Length == 0)
            throw new InvalidRequestException("--ptx needs the name of a folder.");
        int count = 0;
        foreach (GpuKernelText kernel in GpuPlanningDevice.Texts(part, terminal.Cancellation))
        {
            Directory.CreateDirectory(folder);
            AtomicFile.WriteText(Path.Combine(folder, FileName(kernel.Name)), kernel.Ptx);
            count++;
        }

        if (count == 0)
            throw NoneOf(part);
        terminal.WriteLine($"{count} kernels written to {folder}");
        terminal.WriteJson(() => new JsonObject { ["folder"] = folder, ["kernels"] = count });
    }

    /// <summary>What is wrong where no kernel has a name.</summary>
    /// <param name="part">What names were to contain.</param>
    public static InvalidRequestException NoneOf(string part) => new($"No kernel's name contains '{part}'; stunet doctor --kernels lists all of them.");

    // Conv3dTensorGpuBody.Convolve(GpuBlock64x64, GpuElementF16) becomes Conv3dTensorGpuBody.Convolve-GpuBlock64x64-GpuElementF16.ptx, which no shell takes apart.
    private static string FileName(string kernel) => $"{kernel.Replace("(", "-", StringComparison.Ordinal).Replace(", ", "-", StringComparison.Ordinal).TrimEnd(')')}.ptx";
}
