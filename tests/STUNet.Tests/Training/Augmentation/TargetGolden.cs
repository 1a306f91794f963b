using STUNet.TestKit.Golden;
using STUNet.Tests.Imaging.Preprocessing;
using STUNet.Training;

namespace STUNet.Tests.Training.Augmentation;

/// <summary>Compares deep-supervision targets with a golden case's.</summary>
internal static class TargetGolden
{
    public static void AssertTargets(GoldenFile file, string name, DeepSupervisionTargets targets, ReadOnlySpan<short> labels, bool isCompared = true)
    {
        using AugmentationScratch scratch = new();
        for (int scale = 0; scale < targets.Sizes.Count; scale++)
        {
            GoldenTensor expected = file.Tensor($"{name}.target.{scale}");
            Assert.Equal(expected.Shape.Spatial(), targets.Sizes[scale]);
            Assert.Equal(expected.Shape[0], targets.Channels);
            short[] target = new short[targets.Length(scale)];
            targets.Write(labels, scale, target, scratch);
            if (isCompared)
                AugmentationGolden.Equal(expected, target, ties: null);
        }

        Assert.False(file.Has($"{name}.target.{targets.Sizes.Count}"));
    }
}
