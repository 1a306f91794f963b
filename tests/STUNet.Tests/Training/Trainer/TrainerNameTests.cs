using STUNet.Core;
using STUNet.Model;
using STUNet.Training;

namespace STUNet.Tests.Training.Trainers;

public sealed class TrainerNameTests
{
    [Theory]
    [InlineData("STUNetTrainer", StuNetSize.B, 1000, 0.01)]
    [InlineData("STUNetTrainer_small", StuNetSize.S, 1000, 0.01)]
    [InlineData("STUNetTrainer_large_ep2k", StuNetSize.L, 2000, 0.01)]
    [InlineData("STUNetTrainer_huge_ep4k", StuNetSize.H, 4000, 0.01)]
    [InlineData("STUNetTrainer_base_ft", StuNetSize.B, 1000, 0.001)]
    public void Parse_Known_GivesSizeEpochsAndRate(string name, StuNetSize size, int epochs, double rate) =>
        Assert.Equal(new TrainerName(name, size, epochs, rate), TrainerName.Parse(name));

    [Theory]
    [InlineData("nnUNetTrainer")]
    [InlineData("STUNetTrainer_ft")]
    [InlineData("STUNetTrainer_tiny")]
    [InlineData("")]
    public void Parse_Unknown_IsRefused(string name) => Assert.Contains("no trainer", Assert.Throws<InvalidRequestException>(() => TrainerName.Parse(name)).Message);
}
