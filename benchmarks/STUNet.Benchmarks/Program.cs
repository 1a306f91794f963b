using STUNet.Benchmarks;

Dictionary<string, Func<string[], int>> commands = new()
{
    ["conv"] = ConvCommand.Run,
    ["ops"] = OpsCommand.Run,
    ["bounded-memory"] = BoundedMemoryCommand.Run,
    ["volume"] = VolumeCommand.Run,
};

if (args.Length > 0 && commands.TryGetValue(args[0], out Func<string[], int>? run))
    return run(args[1..]);
Console.Error.WriteLine($"usage: STUNet.Benchmarks {string.Join('|', commands.Keys)} [options]");
return 2;
