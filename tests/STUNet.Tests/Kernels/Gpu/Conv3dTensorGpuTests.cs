using STUNet.Kernels;
using STUNet.TestKit.Ops;

namespace STUNet.Tests.Kernels.Gpu;

/// <summary>
/// The convolution on tensor cores, its instructions emulated on OpenCL, against the reference on the same rounded operands. Tiles are tested with F16 in full; the
/// element types differ by one structure of instructions, so for BF16 and TF32 one tile of each way to load does (compiling a tile takes PoCL seconds).
/// </summary>
public sealed class Conv3dTensorGpuTests
{
    public static IEnumerable<ITheoryDataRow> Kernels => Conv3dTensorGpuKernels.All.Select(kernel => kernel.Name)
        .Where(name => name.Contains("TensorF16", StringComparison.Ordinal) || name is
            "ForwardTensorBF16_64x64" or "ForwardTensorTF32_64x64" or "ForwardGatherTensorBF16_128x32" or "ForwardGatherTensorTF32_128x32")
        .Select(name => new TheoryDataRow<string>(name));

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Run_EveryCase_EqualsReferenceOnRoundedOperandsWithTheSameBitsTwice(string name) =>
        TensorKernels.Compare(Conv3dTensorGpuKernels.All.Single(kernel => kernel.Name == name), TensorConvolutionCases.All);

    [Fact]
    public void Supports_EveryCase_OneWayToLoadTakesIt() => TensorKernels.CheckOneWayToLoad(Conv3dTensorGpuKernels.All, TensorConvolutionCases.All);
}
