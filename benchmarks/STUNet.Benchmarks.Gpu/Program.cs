using System.Runtime.InteropServices;
using STUNet.Benchmarks.Gpu;
using STUNet.Core;

const int Failed = 1;
const int Usage = 2;
const int Cancelled = 130;

using CancellationTokenSource cancellation = new();
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
if (args is ["report", string folder])
    return ReportTable.Print(folder);
if (args is ["pack-goldens", string source, string target, ..])
    return GoldenSelection.Copy(source, target, args[3..]);

if (args.Length == 0 || Parts.All.FirstOrDefault(part => part.Name == args[0]) is not { } chosen)
{
    Console.Error.WriteLine("usage: STUNet.Benchmarks.Gpu PART [--device cuda|opencl] [--size S|B|L|H] [--quick] [--tiny] [--numbers f16,bf16,tf32,f32] [--seconds N] [--json FILE], or report FOLDER, or pack-goldens SOURCE TARGET PREFIX...");
    foreach (IPart part in Parts.All)
        Console.Error.WriteLine($"  {part.Name,-10} {part.Proves}");
    return Usage;
}

try
{
    PartOptions options = PartOptions.Read(args[1..]);
    using ResultFile results = new(chosen.Name, options.Json);
    return chosen.Run(options, results, cancellation.Token);
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("cancelled");
    return Cancelled;
}
catch (StuNetException failure)
{
    Console.Error.WriteLine(failure.Message);
    return failure is InvalidRequestException ? Usage : Failed;
}

void Cancel(PosixSignalContext signal)
{
    signal.Cancel = true;
    cancellation.Cancel();
}
