namespace STUNet.Kernels;

/// <summary>
/// Minimal filtering F(m, 3) along one axis (Winograd 1980; Lavin and Gray 2016): m neighbouring outputs of a kernel of three from m + 2 products,
/// y = A^T ((G w) * (B^T x)), the product taken point by point. Built from the interpolation points of Toom and Cook: 0, 1, -1 and infinity for
/// m = 2; 0, ±5/8, ±3/2 and infinity for m = 4. The rows of B^T are the coefficients of prod (x - p_j) over all other finite points j, G divides by
/// prod (p_i - p_j), A^T holds the powers of p_i. With ±5/8 and ±3/2, which are exact in binary with their squares and products, the error of
/// F(4, 3)^3 is about twice that of the direct sum (docs/convolution.md); the customary ±1 and ±2 would amplify roundings more. A tile of 1 stands for an axis
/// along which the kernel has one tap: one point, nothing to transform.
/// </summary>
internal static class WinogradFilter
{
    /// <summary>The inner pair of points of F(4, 3).</summary>
    public const float Inner = 0.625f;

    /// <summary>The outer pair of points of F(4, 3).</summary>
    public const float Outer = 1.5f;

    /// <summary>Largest number of points along an axis.</summary>
    public const int MaxPoints = 6;

    /// <summary>Products for <paramref name="tile"/> outputs; also the inputs they read.</summary>
    /// <param name="tile">1, 2 or 4.</param>
    public static int PointsOf(int tile) => tile == 1 ? 1 : tile + 2;

    /// <summary>G: what tap k of the kernel contributes to point p, [p][k], in double.</summary>
    /// <param name="tile">1, 2 or 4.</param>
    public static double[][] WeightMatrix(int tile)
    {
        if (tile == 1)
            return [[1]];
        double[] points = tile == 2 ? [0, 1, -1] : [0, Inner, -Inner, Outer, -Outer];
        return [.. points.Select(WeightRow), [0, 0, 1]];

        double[] WeightRow(double point)
        {
            double divisor = points.Where(other => other != point).Aggregate(1.0, (product, other) => product * (point - other));
            return [1 / divisor, point / divisor, point * point / divisor];
        }
    }
}
