using STUNet.Core;

namespace STUNet.WeightsConverter;

/// <summary>A file with v1 plans: <c>plans.pkl</c>, or the side file <c>NAME.model.pkl</c> of a checkpoint.</summary>
/// <param name="Path">The file.</param>
/// <param name="Trainer">Class name of the trainer; empty in <c>plans.pkl</c>.</param>
/// <param name="Plans">The plans.</param>
/// <param name="Stage">The resolution the checkpoint was trained at; in <c>plans.pkl</c> the finest.</param>
public sealed record NnunetV1PlansFile(string Path, string Trainer, NnunetV1Plans Plans, NnunetV1Stage Stage)
{
    /// <summary>Reads either form.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidFileException">Missing, damaged, hostile, without resolutions, or a field is missing or wrong; the message names it.</exception>
    public static NnunetV1PlansFile Read(string path)
    {
        PickleField root = PickleFile.Read(path);
        if (root.IsDict && root.Optional("plans") is null)
            return Of(path, "", NnunetV1Plans.Read(root), stage: null);
        NnunetV1SideFile side = NnunetV1SideFile.Read(root);
        return Of(path, side.Trainer, side.Plans, side.Stage);
    }

    private static NnunetV1PlansFile Of(string path, string trainer, NnunetV1Plans plans, int? stage)
    {
        if (plans.Stages.IsEmpty)
            throw new InvalidFileException(path, "plans_per_stage", "missing", "these are trimmed plans; give the checkpoint's side file NAME.model.pkl");
        int number = stage ?? plans.Stages.Keys.Max();
        return plans.Stages.TryGetValue(number, out NnunetV1Stage? found)
            ? new NnunetV1PlansFile(path, trainer, plans, found)
            : throw new InvalidFileException(path, "plans_per_stage", $"no stage {number}");
    }
}
