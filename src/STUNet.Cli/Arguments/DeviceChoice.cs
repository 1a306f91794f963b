using System.Globalization;

namespace STUNet.Cli;

/// <summary>What <c>--device</c> asks for.</summary>
/// <param name="Kind"><see cref="Automatic"/>, <see cref="Cpu"/>, or the API of a GPU.</param>
/// <param name="Index">Which of the API's devices; null for the first that can be used.</param>
internal readonly record struct DeviceChoice(string Kind, int? Index)
{
    /// <summary>The best GPU, else the CPU.</summary>
    public const string Automatic = "auto";

    /// <summary>The processor.</summary>
    public const string Cpu = "cpu";

    private static readonly string[] Apis = ["cuda", "opencl"];

    /// <summary>Reads <c>auto</c>, <c>cpu</c>, <c>cuda</c>, <c>cuda:0</c>, <c>opencl</c> and the like; null for anything else.</summary>
    public static DeviceChoice? TryParse(string text)
    {
        string word = text.ToLowerInvariant();
        if (word is Automatic or Cpu || Apis.Contains(word))
            return new DeviceChoice(word, null);
        return word.Split(':') is [string api, string number] && Apis.Contains(api)
            && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            ? new DeviceChoice(api, index)
            : null;
    }
}
