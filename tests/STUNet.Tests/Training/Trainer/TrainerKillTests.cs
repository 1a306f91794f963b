using System.Diagnostics;
using System.Globalization;
using STUNet.OpRunner;
using STUNet.TestKit;
using STUNet.Training;

namespace STUNet.Tests.Training.Trainers;

/// <summary>A training that is killed without warning, again and again, ends with the same bits as one that never was.</summary>
public sealed class TrainerKillTests
{
    private const int Kills = 20;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public void Run_KilledAtRandomMoments_EndsWithTheSameBits()
    {
        using TemporaryFolder folder = new();
        Random random = new(20);
        TinyTraining.Run(folder["whole"], TinyTraining.Settings);
        int kills = 0;
        // On a fast machine one training may end before it was killed often enough; then the next one is.
        for (int training = 0; kills < Kills; training++)
        {
            string killed = folder[$"killed-{training}"];
            List<int> begun = [];
            while (kills < Kills && KilledOnce(killed, random, isStarting: kills % 5 == 4, begun))
                kills++;
            using Process last = Start(killed);
            last.StandardOutput.ReadToEnd();
            Assert.True(last.WaitForExit(Patience));
            Assert.Equal(0, last.ExitCode);
            Assert.Equal(begun.Order().Distinct(), begun);
            foreach (string file in (string[])[TrainingFolder.FinalFile, TrainingFolder.BestFile])
                Assert.Equal(File.ReadAllBytes(Path.Combine(folder["whole"], file)), File.ReadAllBytes(Path.Combine(killed, file)));
            Assert.Equal(Lines(folder["whole"]), Lines(killed));
            Assert.Empty(Directory.GetFiles(killed, "*.partial"));
        }
    }

    /// <summary>Trains and kills: while it starts, resumes or verifies; or some time after an epoch or two, within steps, validation, log or checkpoints.</summary>
    /// <returns>Whether it was killed; false where it ended before.</returns>
    private static bool KilledOnce(string folder, Random random, bool isStarting, List<int> begun)
    {
        using Process process = Start(folder);
        try
        {
            if (!isStarting)
                begun.Add(int.Parse(process.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture));
            for (int epochs = isStarting ? 0 : random.Next(1, 3); epochs > 0; epochs--)
                process.StandardOutput.ReadLine();
            return !process.WaitForExit(TimeSpan.FromMilliseconds(random.Next(isStarting ? 300 : 40)));
        }
        finally
        {
            process.Kill();
            process.WaitForExit();
        }
    }

    private static Process Start(string folder)
    {
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "STUNet.OpRunner.dll"), "train", folder]) { RedirectStandardOutput = true };
        return Process.Start(start)!;
    }

    private static IEnumerable<string> Lines(string folder) =>
        EpochLog.Read(Path.Combine(folder, EpochLog.FileName)).Select(epoch => (epoch with { Times = default }).ToJsonLine());
}
