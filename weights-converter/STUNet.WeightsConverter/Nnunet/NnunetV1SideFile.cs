using System.Collections.Immutable;
using STUNet.Core;

namespace STUNet.WeightsConverter;

/// <summary>The file <c>NAME.model.pkl</c> beside a v1 checkpoint: which trainer made it, with which plans.</summary>
public sealed record NnunetV1SideFile
{
    private const int StageArgument = 5;

    private NnunetV1SideFile(PickleField root)
    {
        Trainer = root["name"].Text();
        Plans = NnunetV1Plans.Read(root["plans"]);
        ImmutableArray<PickleField> arguments = root.Optional("init")?.List(item => item, 0, 64) ?? [];
        Stage = arguments.Length > StageArgument && arguments[StageArgument].Value is not null ? arguments[StageArgument].Int(0, 15) : null;
    }

    /// <summary>Class name of the trainer, which decides the network in the reference.</summary>
    public string Trainer { get; }

    /// <summary>Stage of the plans it was trained on; null where the file does not say.</summary>
    public int? Stage { get; }

    /// <summary>The plans.</summary>
    public NnunetV1Plans Plans { get; }

    /// <summary>Reads a side file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidFileException">Missing, damaged, hostile, or a field is missing or wrong; the message names it.</exception>
    public static NnunetV1SideFile Read(string path) => Read(PickleFile.Read(path));

    internal static NnunetV1SideFile Read(PickleField root) => new(root);
}
