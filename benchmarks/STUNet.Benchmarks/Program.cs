using System.Runtime.InteropServices;
using STUNet.Benchmarks;
using STUNet.Benchmarks.Engines;
using STUNet.Core;

const int Usage = 2;
const int InputFile = 3;
const int Cancelled = 130;

// Ctrl+C cancels the command, which kills the processes it started.
using CancellationTokenSource cancellation = new();
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
Dictionary<string, Func<string[], int>> commands = new()
{
    ["patch"] = new PatchCommand(cancellation.Token).Run,
    ["layers"] = new LayersCommand(cancellation.Token).Run,
    ["volume"] = new VolumeCommand(cancellation.Token).Run,
    ["bounded-memory"] = new BoundedMemoryCommand(cancellation.Token).Run,
    ["ops"] = OpsCommand.Run,
    ["training-step"] = new TrainingStepCommand(cancellation.Token).Run,
    ["accuracy"] = AccuracyCommand.Run,
    ["augmentation"] = new AugmentationCommand(cancellation.Token).Run,
    ["real-ct"] = RealCtCommand.Run,
    ["report"] = ReportCommand.Run,
};
if (args is ["engine", ..])
{
    terminate.Dispose();
    interrupt.Dispose();
    return EngineCommand.Run(args[1..]);
}

if (args.Length == 0 || !commands.TryGetValue(args[0], out Func<string[], int>? run))
{
    Console.Error.WriteLine($"usage: STUNet.Benchmarks {string.Join('|', commands.Keys)} [options]");
    return Usage;
}

try
{
    return run(args[1..]);
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("cancelled");
    return Cancelled;
}
catch (StuNetException failure)
{
    Console.Error.WriteLine(failure.Message);
    return failure is InvalidFileException ? InputFile : Usage;
}

void Cancel(PosixSignalContext signal)
{
    signal.Cancel = true;
    cancellation.Cancel();
}
