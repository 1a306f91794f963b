using STUNet.TestKit.Golden;

namespace STUNet.Benchmarks.Gpu;

/// <summary>The comparisons with those goldens that are there: a bundle holds only some.</summary>
internal static class GoldenChecks
{
    private const int QuickCases = 2;

    /// <summary>Every comparison, in order.</summary>
    public static IEnumerable<GoldenCheck> Of(GoldenSet set, PartOptions options) =>
    [
        .. Ops(set, options),
        .. set.FilesBelow("net/", ".safetensors").Take(options.IsQuick ? 1 : int.MaxValue)
            .Select(file => new GoldenCheck($"{file.Name}, f32", device => GoldenNetworks.HeadDifferences(device, file))),
        .. Published(set, options),
        .. Training(set, options),
    ];

    private static IEnumerable<GoldenCheck> Ops(GoldenSet set, PartOptions options) =>
        from name in GoldenOps.Files
        from file in set.Files
        where file.Name == name
        from @case in file.CaseNames.Take(options.IsQuick ? QuickCases : int.MaxValue)
        select new GoldenCheck($"{name} {@case}, f32", device => GoldenOps.Differences(device, file, @case));

    // A whole published network takes a processor minutes.
    private static IEnumerable<GoldenCheck> Published(GoldenSet set, PartOptions options) =>
        from file in set.FilesBelow("real/", ".safetensors")
        where !options.IsQuick
        from arithmetic in Arithmetic.All
        select new GoldenCheck($"{file.Name}, {arithmetic.Name}", device => GoldenPublished.Differences(device, set, file, arithmetic));

    private static IEnumerable<GoldenCheck> Training(GoldenSet set, PartOptions options) =>
        from file in set.Files
        where file.Name == GoldenTrajectory.BatchFile
        from @case in file.CaseNames
        from version in Enum.GetValues<Model.NnunetVersion>()
        where set.Files.Any(expected => expected.Name == GoldenTrajectory.ExpectedFile(version))
        select new GoldenCheck(
            $"{GoldenTrajectory.ExpectedFile(version)} {@case}, f32", device => GoldenTraining.Differences(device, set, @case, version, options.IsQuick ? 1 : int.MaxValue));
}
