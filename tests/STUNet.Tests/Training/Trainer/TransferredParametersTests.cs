using System.Collections.Immutable;
using STUNet.Core;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.Tests.WeightsConverter;
using STUNet.Training;
using STUNet.WeightsConverter;

namespace STUNet.Tests.Training.Trainers;

public sealed class TransferredParametersTests
{
    private static readonly StuNetConfig Pretrained = Network(channels: 1, classes: 5);
    private static readonly DictionaryParameters Initial = new(null);

    [Theory]
    [InlineData(NnunetVersion.V1)]
    [InlineData(NnunetVersion.V2)]
    public void Read_OtherClasses_TakesEverythingButTheHeads(NnunetVersion version)
    {
        using Source source = new(Pretrained);
        TransferredParameters transferred = new(source, Network(channels: 1, classes: 3), Initial, version);
        Assert.All(transferred.Fresh, name => Assert.StartsWith("seg_outputs", name));
        Assert.Equal(4, transferred.Fresh.Length);
        Assert.Empty(transferred.Mismatched);
        Assert.Empty(transferred.Skipped);
        Assert.Equal(StuNetParameters.Enumerate(Pretrained).Count() - 4, transferred.Loaded.Length);
        Assert.Equal([0, 1, 2, 3], Read(transferred, "conv_blocks_context.0.0.conv1.bias", 4));
        float[] expected = new float[3];
        Initial.Read("seg_outputs.1.bias", expected);
        Assert.Equal(expected, Read(transferred, "seg_outputs.1.bias", 3));
    }

    /// <summary>Even where the classes agree, the heads are new: the reference's rule.</summary>
    [Fact]
    public void Read_SameClasses_HeadsAreNewToo()
    {
        using Source source = new(Pretrained);
        Assert.Equal(4, new TransferredParameters(source, Pretrained, Initial, NnunetVersion.V1).Fresh.Length);
    }

    [Theory]
    [InlineData(NnunetVersion.V1)]
    [InlineData(NnunetVersion.V2)]
    public void Read_SeveralChannels_RepeatsTheFirstConvolutionUndivided(NnunetVersion version)
    {
        using Source source = new(Pretrained);
        TransferredParameters transferred = new(source, Network(channels: 3, classes: 5), Initial, version);
        // [4, 1, 3, 3, 3] and [4, 1, 1, 1, 1] of ramps become [4, 3, ...].
        float[] expected = [.. Enumerable.Range(0, 4).SelectMany(output => Enumerable.Range(0, 3).SelectMany(_ => Enumerable.Range(output * 27, 27))).Select(value => (float)value)];
        Assert.Equal(expected, Read(transferred, "conv_blocks_context.0.0.conv1.weight", 4 * 3 * 27));
        Assert.Equal([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3], Read(transferred, "conv_blocks_context.0.0.conv3.weight", 12));
    }

    [Fact]
    public void Read_SeveralChannelsDivided_SumsToWhatThereWas()
    {
        using Source source = new(Pretrained);
        TransferredParameters transferred = new(source, Network(channels: 4, classes: 5), Initial, NnunetVersion.V1, divides: true);
        float[] expected = [.. Enumerable.Range(0, 4).SelectMany(output => Enumerable.Repeat(output / 4f, 4))];
        Assert.Equal(expected, Read(transferred, "conv_blocks_context.0.0.conv3.weight", 16));
    }

    [Fact]
    public void Read_CheckpointOfVersion1WithAsManyChannels_TakesTheFirstConvolutionAsItIs()
    {
        using TemporaryFolder folder = new();
        TinyModel.WriteFolder(folder["trainer"], folds: 1);
        using ModelFiles pretrained = NnunetModel.Open(CheckpointLocator.Find(folder["trainer"]));
        StuNetConfig network = new(2, 6, TinyModel.Config.Dims, TinyModel.Config.Depth, TinyModel.Config.Strides, TinyModel.Config.Kernels);
        TransferredParameters transferred = new(pretrained.Folds[0], network, Initial, NnunetVersion.V1);
        Assert.Empty(transferred.Mismatched);
        float[] expected = [.. Enumerable.Range(0, 2 * 2 * 9).Select(index => TinyModel.Value(0, index))];
        Assert.Equal(expected, Read(transferred, "conv_blocks_context.0.0.conv1.weight", expected.Length));
    }

    [Fact]
    public void Create_OtherWidths_Version1TellsAndVersion2Refuses()
    {
        using Source source = new(Pretrained);
        StuNetConfig wider = new(1, 5, dims: [4, 6, 8], depth: [1, 1, 1], strides: [new(2, 2, 2), new(2, 2, 2)]);
        TransferredParameters transferred = new(source, wider, Initial, NnunetVersion.V1);
        Assert.Contains(transferred.Mismatched, text => text.StartsWith("conv_blocks_context.1.0.conv1.weight: its shape is [4, 4, 3, 3, 3], the network's is [6, 4, 3, 3, 3]", StringComparison.Ordinal));
        Assert.Contains("conv_blocks_context.0.0.conv1.weight", transferred.Loaded);
        InvalidFileException refused = Assert.Throws<InvalidFileException>(() => new TransferredParameters(source, wider, Initial, NnunetVersion.V2));
        Assert.Contains("conv_blocks_context.1.0.conv1.weight", refused.Message);
        Assert.Contains("pretrained.model", refused.Message);
    }

    [Fact]
    public void Create_DeeperPretrained_NamesWhatHasNoPlace()
    {
        using Source source = new(new StuNetConfig(1, 5, dims: [4, 4, 8], depth: [2, 1, 1], strides: [new(2, 2, 2), new(2, 2, 2)]));
        Assert.Contains("conv_blocks_context.0.1.conv1.weight", new TransferredParameters(source, Pretrained, Initial, NnunetVersion.V2).Skipped);
    }

    [Fact]
    public void Create_NothingFits_IsRefused()
    {
        using Source source = new(null);
        Assert.Contains("no tensor fits", Assert.Throws<InvalidFileException>(() => new TransferredParameters(source, Pretrained, Initial, NnunetVersion.V1)).Message);
    }

    private static StuNetConfig Network(int channels, int classes) => new(channels, classes, dims: [4, 4, 8], depth: [1, 1, 1], strides: [new(2, 2, 2), new(2, 2, 2)]);

    private static float[] Read(TransferredParameters parameters, string name, int count)
    {
        float[] values = new float[count];
        parameters.Read(name, values);
        return values;
    }

    /// <summary>Every tensor a ramp from 0.</summary>
    private sealed class Source(StuNetConfig? network) : ITensorSource
    {
        public string Path => "pretrained.model";

        public IReadOnlyList<TensorInfo> Tensors { get; } = network is null
            ? [new TensorInfo("other", ImmutableArray.Create(1), ElementType.F32)]
            : [.. StuNetParameters.Enumerate(network).Select(parameter => new TensorInfo(parameter.Name, parameter.Shape, ElementType.F32))];

        public void Read(string name, long start, Span<float> destination)
        {
            for (int i = 0; i < destination.Length; i++)
                destination[i] = start + i;
        }

        public void Dispose()
        {
        }
    }
}
