using System.Collections.Immutable;
using System.CommandLine;
using STUNet.Core;
using STUNet.Model;

namespace STUNet.Cli;

/// <summary>A network described on the command line rather than by a model: <c>--size</c> and what belongs to it.</summary>
internal sealed class NetworkOptions
{
    private const string Custom = "custom";

    private readonly Option<string?> _size = new("--size")
    {
        HelpName = "S|B|L|H|custom",
        Description = "A published size, or custom with --dims and --depth.",
    };

    private readonly Option<int> _classes = ParsedOption.Number("--classes", "Outputs of the network, background included.", fallback: 105, least: 1);
    private readonly Option<int> _channels = ParsedOption.Number("--channels", "Channels of the image.", fallback: 1, least: 1);
    private readonly Option<ImmutableArray<int>?> _dims = ParsedOption.Of<ImmutableArray<int>>(
        "--dims", "N,N,...", "Channels per stage of a custom network, such as 8,16,32,64,128,128.", Triples.TryParseNumbers, "numbers with commas between them");

    private readonly Option<ImmutableArray<int>?> _depth = ParsedOption.Of<ImmutableArray<int>>(
        "--depth", "N,N,...", "Residual blocks per stage of a custom network; one number for the same everywhere.", Triples.TryParseNumbers, "numbers with commas between them");

    private readonly Option<ImmutableArray<Int3>?> _strides = ParsedOption.Of<ImmutableArray<Int3>>(
        "--strides", "ZxYxX/...", "Stride of each down-sampling; the published plan's 2x2x2/2x2x2/2x2x2/2x2x2/1x1x2 by default.", Triples.TryParseList, "triples such as 2x2x2/2x2x2/1x1x2");

    private readonly Option<ImmutableArray<Int3>?> _kernels = ParsedOption.Of<ImmutableArray<Int3>>(
        "--kernels", "ZxYxX/...", "Odd kernel of each stage of a custom network; 3x3x3 by default.", Triples.TryParseList, "triples such as 1x3x3/3x3x3");

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _size, _classes, _channels, _dims, _depth, _strides, _kernels })
            command.Options.Add(option);
        _size.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !IsCustom(result.Tokens[0].Value) && SizeOf(result.Tokens[0].Value) is null)
                result.AddError($"--size {result.Tokens[0].Value}: expected S, B, L, H or custom");
        });
    }

    /// <summary>Whether a network is described at all.</summary>
    public bool IsGiven(ParseResult arguments) => arguments.GetValue(_size) is not null || arguments.GetValue(_dims) is not null;

    /// <summary>The strides asked for, or null.</summary>
    public ImmutableArray<Int3>? Strides(ParseResult arguments) => arguments.GetValue(_strides);

    /// <summary>Outputs, background included.</summary>
    public int Classes(ParseResult arguments) => arguments.GetRequiredValue(_classes);

    /// <summary>The network described.</summary>
    /// <exception cref="InvalidRequestException">The options do not fit together.</exception>
    public StuNetConfig Read(ParseResult arguments)
    {
        string? size = arguments.GetValue(_size);
        ImmutableArray<int>? dims = arguments.GetValue(_dims);
        int channels = arguments.GetRequiredValue(_channels);
        int classes = arguments.GetRequiredValue(_classes);
        ImmutableArray<Int3> strides = arguments.GetValue(_strides) ?? default;
        if (size is not null && !IsCustom(size))
        {
            if (dims is not null)
                throw new InvalidRequestException($"--dims belongs to --size {Custom}, not to --size {size}; leave one of them out.");
            return StuNetConfig.Of(SizeOf(size)!.Value, channels, classes, strides);
        }

        if (dims is not { } widths)
            throw new InvalidRequestException($"--size {size ?? Custom} needs --dims, such as --dims 8,16,32,64,128,128; or use --size S, B, L or H.");
        ImmutableArray<int> depth = arguments.GetValue(_depth) ?? [1];
        if (depth.Length == 1)
            depth = [.. widths.Select(_ => depth[0])];
        if (strides.IsDefault)
            strides = StuNetConfig.FitStrides(StuNetConfig.PublishedStrides, widths.Length - 1);
        return new StuNetConfig(channels, classes, widths, depth, strides, arguments.GetValue(_kernels) ?? default);
    }

    private static bool IsCustom(string size) => size.Equals(Custom, StringComparison.OrdinalIgnoreCase);

    private static StuNetSize? SizeOf(string size) =>
        size.Length == 1 && Enum.TryParse(size, ignoreCase: true, out StuNetSize known) && Enum.IsDefined(known) && !char.IsDigit(size[0]) ? known : null;
}
