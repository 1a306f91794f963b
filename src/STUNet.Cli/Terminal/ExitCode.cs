using STUNet.Core;

namespace STUNet.Cli;

/// <summary>Exit codes, as the help text of the program lists them.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>A case could not be segmented, or a comparison found a difference.</summary>
    public const int Failed = 1;

    public const int Usage = 2;

    /// <summary>An input file is missing or unusable.</summary>
    public const int InputFile = 3;

    /// <summary>Not enough memory, or no such device.</summary>
    public const int Resources = 4;

    /// <summary>128 + SIGINT, as shells report an interrupted program.</summary>
    public const int Cancelled = 130;

    /// <summary>The exit code for a failure.</summary>
    public static int Of(Exception failure) => failure switch
    {
        OperationCanceledException => Cancelled,
        InvalidFileException => InputFile,
        OutOfMemoryException or InsufficientResourcesException => Resources,
        InvalidRequestException => Usage,
        AggregateException { InnerException: { } inner } => Of(inner),
        _ => Failed,
    };
}
