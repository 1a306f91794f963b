using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Whether plans are replayed as CUDA graphs: an environment variable turns it off for a whole process, where a driver accepts graphs but runs them wrongly. The results are the same.</summary>
internal static class GpuCudaGraphSwitch
{
    /// <summary>The environment variable: 0 launches every step, 1, as without it, replays.</summary>
    public const string Variable = "STUNET_CUDA_GRAPHS";

    /// <summary>Why graphs are off; null where they are on.</summary>
    /// <exception cref="InvalidRequestException">The variable is neither 0 nor 1.</exception>
    public static string? Refusal => RefusalOf(Environment.GetEnvironmentVariable(Variable));

    /// <summary>As <see cref="Refusal"/>, for a value of the variable.</summary>
    /// <param name="value">The value; null or empty where it is not set.</param>
    /// <exception cref="InvalidRequestException">It is neither 0 nor 1.</exception>
    public static string? RefusalOf(string? value) => value switch
    {
        null or "" or "1" => null,
        "0" => $"{Variable}=0 turns graphs off",
        _ => throw new InvalidRequestException($"{Variable} is '{value}'; set it to 0 to launch every step, or to 1 to replay CUDA graphs."),
    };
}
