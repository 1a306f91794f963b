using STUNet.TestKit.Golden;
using STUNet.Tests.Golden;

namespace STUNet.Tests.Kernels;

/// <summary>
/// Convolution, norm, activation, concatenation, upsampling, softmax and residual blocks against PyTorch, forward and gradients, with and without rewrites.
/// </summary>
public sealed class GoldenOpTests
{
    public static IEnumerable<ITheoryDataRow> Convolutions => TestDevices.Times(GoldenCases.Of(GoldenOps.ConvolutionFile));

    public static IEnumerable<ITheoryDataRow> Norms => TestDevices.Times(GoldenCases.Of(GoldenOps.NormFile));

    public static IEnumerable<ITheoryDataRow> Blocks => TestDevices.Times(GoldenCases.Of(GoldenOps.BlockFile));

    [Theory]
    [MemberData(nameof(Convolutions))]
    public void Convolution_Case_EqualsPyTorch(string name, string device) => Compare(GoldenOps.ConvolutionFile, name, device);

    [Theory]
    [MemberData(nameof(Norms))]
    public void InstanceNorm_Case_EqualsPyTorch(string name, string device) => Compare(GoldenOps.NormFile, name, device);

    [Theory]
    [MemberData(nameof(Blocks))]
    public void Block_Case_EqualsPyTorch(string name, string device) => Compare(GoldenOps.BlockFile, name, device);

    private static void Compare(string file, string name, string device) =>
        Assert.Empty(GoldenOps.Differences(TestDevices.Open(device), GoldenCases.Main.File(file), name));
}
