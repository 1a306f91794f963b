using System.Diagnostics;

namespace STUNet.Tests.Cli;

/// <summary>A signal to a process of our own, as Ctrl+C or a shutdown sends it.</summary>
/// <param name="Name">Its name without SIG.</param>
/// <param name="Number">Its number.</param>
internal sealed record ProcessSignal(string Name, int Number)
{
    /// <summary>Skips the test where the signal would not arrive.</summary>
    public void SkipUnlessItArrives()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "sends a signal by kill(1)");
        Assert.SkipWhen(IsIgnored(), $"SIG{Name} is ignored by this process, as in the background of a script, and children inherit that");
    }

    public void SendTo(Process process) => Process.Start("kill", [$"-{Name}", $"{process.Id}"]).WaitForExit();

    private bool IsIgnored()
    {
        string mask = File.ReadLines("/proc/self/status").Single(line => line.StartsWith("SigIgn:", StringComparison.Ordinal))["SigIgn:".Length..].Trim();
        return (Convert.ToUInt64(mask, 16) >> (Number - 1) & 1) == 1;
    }
}
