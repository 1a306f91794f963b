using System.CommandLine;
using System.CommandLine.Help;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace STUNet.Cli;

/// <summary>The command line <c>stunet</c>.</summary>
internal static class Program
{
    private const int HelpWidth = 130;

    private const string Description = """
        Segments CT and MR volumes with STU-Net, in C# alone: no Python, no GPU needed.

        Examples:
          stunet demo
          stunet convert -i Task101_TotalSegmentator/STUNetTrainer_base__nnUNetPlansv2.1 -o models/base
          stunet predict --model models/base -i ct.nii.gz -o seg.nii.gz --preview seg.png

        Exit codes: 0 success; 1 a case or a comparison failed; 2 wrong usage; 3 an input file is missing or unusable;
        4 not enough memory, or no such device; 130 cancelled by Ctrl+C.
        """;

    /// <summary>The entry of the process: Ctrl+C and a termination request cancel what runs, which then leaves no partial file.</summary>
    public static int Main(string[] args)
    {
        using CancellationTokenSource cancellation = new();
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
        return Run(args, Console.Out, Console.Error, cancellation.Token, Age());

        void Cancel(PosixSignalContext signal)
        {
            signal.Cancel = true;
            cancellation.Cancel();
        }
    }

    /// <summary>Runs a command line.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="output">Results.</param>
    /// <param name="error">Errors, warnings and progress.</param>
    /// <param name="cancellation">Cancels the command.</param>
    /// <param name="age">Age of the process, which counts as time of the command; 0 where a process runs several.</param>
    /// <param name="openCases">Opens the cases to train; the preprocessed ones where null.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static int Run(
        IReadOnlyList<string> args, TextWriter output, TextWriter error, CancellationToken cancellation = default, TimeSpan age = default, OpenTrainingCases? openCases = null)
    {
        CommandConsole console = new(output, error, cancellation, age);
        RootCommand root = new(Description)
        {
            new PredictCommand(console),
            new PlanCommand(console),
            new PreprocessCommand(console),
            new PhantomCommand(console),
            new TrainCommand(console, openCases ?? PreprocessedCases.Open, isFinetuning: false),
            new TrainCommand(console, openCases ?? PreprocessedCases.Open, isFinetuning: true),
            new ConvertCommand(console),
            new ExportCommand(console),
            new InitCommand(console),
            new InfoCommand(console),
            new DoctorCommand(console),
            new BenchCommand(console),
            new VerifyCommand(console),
            new EvaluateCommand(console),
            new PostprocessCommand(console),
            new DemoCommand(console),
        };
        // The reference's options have one dash and several letters (-tr, -chk): they are not bundles of one-letter options.
        ParseResult parsed = root.Parse(args, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpAction)
            return Complain(parsed, console);
        PrepareHelp(root, parsed);
        return parsed.Invoke(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
    }

    private static TimeSpan Age()
    {
        using Process self = Process.GetCurrentProcess();
        return DateTime.Now - self.StartTime;
    }

    // The list of commands shows one line of each; a command's own help is its whole documentation.
    private static void PrepareHelp(RootCommand root, ParseResult parsed)
    {
        foreach (HelpAction help in root.Options.OfType<HelpOption>().Select(option => option.Action).OfType<HelpAction>())
            help.MaxWidth = HelpWidth;
        if (parsed.CommandResult.Command is StuNetCommand command)
            command.Description = command.Documentation;
    }

    private static int Complain(ParseResult parsed, CommandConsole console)
    {
        string command = parsed.CommandResult.Command is RootCommand ? "stunet" : $"stunet {parsed.CommandResult.Command.Name}";
        // A word that is not understood says more than the command that is therefore missing.
        string problem = parsed.UnmatchedTokens is [string word, ..]
            ? $"'{word}' is not understood"
            : parsed.Errors[0].Message.ReplaceLineEndings(" ").TrimEnd('.');
        console.Fail($"{problem}; see {command} --help.");
        return ExitCode.Usage;
    }
}
