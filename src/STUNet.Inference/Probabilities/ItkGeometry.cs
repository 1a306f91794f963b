using System.Collections.Immutable;
using STUNet.Imaging;
using STUNet.WeightsConverter;

namespace STUNet.Inference;

/// <summary>A case as nnU-Net, which reads images by ITK, describes it: ITK's first two axes point to the left and to posterior, where NIfTI's point to the right and to anterior.</summary>
internal static class ItkGeometry
{
    /// <summary>The properties of a case.</summary>
    /// <param name="geometry">Its sizes.</param>
    public static CaseProperties PropertiesOf(CaseGeometry geometry)
    {
        Affine affine = geometry.Image.Affine;
        return new CaseProperties
        {
            ImageSize = PerAxis(axis => geometry.Image.Size[axis]),
            Spacing = PerAxis(axis => geometry.Image.Spacing[axis]),
            BoxStart = PerAxis(axis => geometry.Box.Start[axis]),
            BoxSize = PerAxis(axis => geometry.Box.Size[axis]),
            TransposeForward = PerAxis(axis => geometry.Forward[axis]),
            NetworkSize = PerAxis(axis => geometry.NetworkSize[axis]),
            NetworkSpacing = PerAxis(axis => geometry.Target[axis]),
            ItkOrigin = PerAxis(row => Signed(affine, row, 3)),
            ItkDirection = [.. Enumerable.Range(0, 9).Select(entry => Signed(affine, entry / 3, entry % 3) / Length(affine, entry % 3))],
        };
    }

    private static ImmutableArray<T> PerAxis<T>(Func<int, T> value) => [value(0), value(1), value(2)];

    // Adding 0 makes -0 a 0.
    private static double Signed(Affine affine, int row, int column) => (row < 2 ? -affine[row, column] : affine[row, column]) + 0.0;

    private static double Length(Affine affine, int column) =>
        Math.Sqrt((affine[0, column] * affine[0, column]) + (affine[1, column] * affine[1, column]) + (affine[2, column] * affine[2, column]));
}
