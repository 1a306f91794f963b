using System.Reflection;
using STUNet.TestKit;

namespace STUNet.Tests.Structure;

/// <summary>The arrows of the design (docs/architecture.md): what each product assembly may reference. Anything else is a failure.</summary>
public sealed class AssemblyReferenceTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["STUNet.Core"] = [],
        ["STUNet.Kernels"] = ["STUNet.Core"],
        ["STUNet.Kernels.Gpu"] = ["STUNet.Core", "STUNet.Kernels", "ILGPU", "ILGPU.Algorithms"],
        ["STUNet.Engine"] = ["STUNet.Core", "STUNet.Kernels"],
        ["STUNet.Model"] = ["STUNet.Core", "STUNet.Kernels", "STUNet.Engine"],
        ["STUNet.Imaging"] = ["STUNet.Core"],
        ["STUNet.WeightsConverter"] = ["STUNet.Core", "STUNet.Kernels", "STUNet.Engine", "STUNet.Model"],
        ["STUNet.Inference"] = ["STUNet.Core", "STUNet.Kernels", "STUNet.Engine", "STUNet.Model", "STUNet.Imaging", "STUNet.WeightsConverter"],
        ["STUNet.Training"] =
            ["STUNet.Core", "STUNet.Kernels", "STUNet.Engine", "STUNet.Model", "STUNet.Imaging", "STUNet.WeightsConverter", "STUNet.Inference"],
        ["stunet"] =
        [
            "STUNet.Core", "STUNet.Kernels", "STUNet.Kernels.Gpu", "STUNet.Engine", "STUNet.Model", "STUNet.Imaging", "STUNet.WeightsConverter",
            "STUNet.Inference", "STUNet.Training", "System.CommandLine", "SkiaSharp",
        ],
    };

    public static TheoryData<string> Assemblies => [.. Allowed.Keys];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void References_OfProductAssembly_FollowTheDesign(string assembly)
    {
        string[] forbidden = [.. Assembly.Load(assembly).GetReferencedAssemblies()
            .Select(reference => reference.Name!)
            .Where(name => !IsFramework(name) && !Allowed[assembly].Contains(name))];
        Assert.True(forbidden.Length == 0, $"{assembly} references {string.Join(", ", forbidden)}, which the design does not allow");
    }

    [Fact]
    public void Projects_OfTheProduct_AreAllListed()
    {
        string[] projects = [.. Directory.EnumerateFiles(RepositoryRoot.Path, "*.csproj", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(RepositoryRoot.Path, path).Replace('\\', '/'))
            .Where(path => path.StartsWith("src/", StringComparison.Ordinal) || path.StartsWith("kernels/", StringComparison.Ordinal)
                || path.StartsWith("weights-converter/", StringComparison.Ordinal))
            .Select(path => Path.GetFileNameWithoutExtension(path))
            .Select(name => name == "STUNet.Cli" ? "stunet" : name)];
        Assert.Equal(Allowed.Keys.Order(StringComparer.Ordinal), projects.Order(StringComparer.Ordinal));
    }

    private static bool IsFramework(string name) =>
        name is "System.CommandLine" ? false : name.StartsWith("System.", StringComparison.Ordinal) || name is "System" or "netstandard" or "mscorlib";
}
