using STUNet.Core;

namespace STUNet.TestKit.Ops;

/// <summary>Shapes the case classes share.</summary>
internal static class OpShapes
{
    /// <summary>Channel counts around vector widths, with odd sizes and batch 2 among them.</summary>
    public static IReadOnlyList<Shape> Odd { get; } =
    [
        new(1, 1, 3, 5, 7), new(2, 3, 2, 3, 5), new(1, 5, 3, 1, 9), new(2, 8, 3, 5, 7), new(1, 13, 2, 7, 3), new(1, 16, 5, 3, 9),
        new(2, 17, 3, 4, 5), new(1, 105, 2, 3, 5), new(1, 32, 1, 1, 1),
    ];

    /// <summary>More voxels than kernels sum in one piece.</summary>
    public static Shape SeveralPieces { get; } = new(2, 17, 19, 17, 15);

    /// <summary>The highest-resolution activation of STU-Net-B at 128^3.</summary>
    public static Shape Large { get; } = new(1, 32, 128, 128, 128);

    /// <summary>Values of every shape of <see cref="Odd"/>, shifted and stretched.</summary>
    public static float[] Shifted(OpCase @case, int input, float mean, float scale)
    {
        float[] values = OpCase.Uniform(@case.Inputs[input].Shape.Count, $"{@case.Name}/{input}");
        for (int i = 0; i < values.Length; i++)
            values[i] = mean + (scale * values[i]);
        return values;
    }
}
