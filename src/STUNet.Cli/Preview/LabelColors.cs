using SkiaSharp;

namespace STUNet.Cli;

/// <summary>A colour per label value; neighbouring values differ clearly.</summary>
internal static class LabelColors
{
    // Steps of the golden angle never meet again, so that any number of labels gets hues of its own.
    private const double GoldenAngle = 137.50776405;
    private static readonly (float Saturation, float Value)[] Shades = [(78, 96), (55, 100), (88, 78)];

    // The first dozen is chosen by hand: most models have no more structures, and nearby hues look alike over grey.
    private static readonly SKColor[] First =
    [
        new(0xE6, 0x4B, 0x3C), new(0x9B, 0x5C, 0xD6), new(0xF2, 0xC1, 0x2E), new(0x2E, 0xC4, 0x9A), new(0xFF, 0x6F, 0xB5), new(0xE8, 0xDD, 0xB5),
        new(0x3D, 0x8E, 0xF0), new(0x4C, 0xD1, 0x37), new(0xFF, 0x9A, 0x3C), new(0x7F, 0xDB, 0xFF), new(0xB5, 0x65, 0x2B), new(0xC6, 0xF1, 0x35),
    ];

    public static SKColor Of(uint label)
    {
        uint index = label - 1;
        if (index < First.Length)
            return First[index];
        (float saturation, float value) = Shades[index % (uint)Shades.Length];
        return SKColor.FromHsv((float)(index * GoldenAngle % 360), saturation, value);
    }
}
