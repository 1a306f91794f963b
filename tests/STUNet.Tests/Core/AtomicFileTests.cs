using System.Diagnostics;
using Microsoft.Win32.SafeHandles;
using STUNet.Core;
using STUNet.TestKit;

namespace STUNet.Tests.Core;

public sealed class AtomicFileTests
{
    [Fact]
    public void Write_EarlierTryOfAKilledProcess_IsRemovedAndThoseOfRunningOnesStay()
    {
        using TemporaryFolder folder = new();
        string killed = folder[$"a.json.{EndedProcess()}-0123456789abcdef.partial"];
        string[] kept = [folder[$"a.json.{Environment.ProcessId}-0123456789abcdef.partial"], folder[$"b.json.{EndedProcess()}-0123456789abcdef.partial"], folder["a.json.mine.partial"]];
        foreach (string file in kept.Append(killed))
            File.WriteAllText(file, "half");
        AtomicFile.WriteText(folder["a.json"], "whole");
        Assert.Equal([.. kept.Append(folder["a.json"]).Order(StringComparer.Ordinal)], Directory.GetFiles(folder.Path).Order(StringComparer.Ordinal));
        Assert.Equal("whole", File.ReadAllText(folder["a.json"]));
    }

    [Fact]
    public void Write_NameThatLooksLikeAPattern_LeavesOthersAlone()
    {
        using TemporaryFolder folder = new();
        string other = folder[$"ab.json.{EndedProcess()}-0123456789abcdef.partial"];
        File.WriteAllText(other, "half");
        AtomicFile.WriteText(folder["a*.json"], "whole");
        Assert.True(File.Exists(other));
    }

    [Fact]
    public void Write_Failure_KeepsTheFileBeforeAndLeavesNothing()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["a.json"], "before");
        Assert.Throws<IOException>(() => AtomicFile.Write(folder["a.json"], stream =>
        {
            stream.WriteByte(1);
            throw new IOException("no room");
        }));
        Assert.Equal("before", File.ReadAllText(Assert.Single(Directory.GetFiles(folder.Path))));
    }

    [Fact]
    public void OpenScratch_ClosedOrLeftByAnEndedProcess_IsRemovedAndTheTargetIsNot()
    {
        using TemporaryFolder folder = new();
        string abandoned = folder[$"a.npz.{EndedProcess()}-0123456789abcdef0123456789abcdef.partial"];
        File.WriteAllText(abandoned, "half");
        File.WriteAllText(folder["a.npz"], "before");
        using (SafeFileHandle scratch = AtomicFile.OpenScratch(folder["a.npz"]))
        {
            RandomAccess.Write(scratch, "far"u8, 1 << 20);
            Assert.False(File.Exists(abandoned));
            Assert.Equal(2, Directory.GetFiles(folder.Path).Length);
        }

        Assert.Equal("before", File.ReadAllText(Assert.Single(Directory.GetFiles(folder.Path))));
    }

    private static int EndedProcess()
    {
        using Process process = Process.Start(new ProcessStartInfo("dotnet", "--version") { RedirectStandardOutput = true })!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.Id;
    }
}
