using System.Text.RegularExpressions;
using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>
/// How far Winograd's algorithm may stray from the reference on independent uniform values, derived like <see cref="OpCase.Tolerance"/>. An output is
/// the sum over points p of A_p * M_p with M_p = sum over channels of U_p * V_p. The summands are larger than the output: their variances add up to
/// kappa^2 times the T / 9 of the direct sum, where along one axis kappa^2 = sum_p A_p^2 * |G_p|^2 * |B_p|^2 / 3 (|G_p|^2 and |B_p|^2 are the variances of
/// U_p and V_p for unit values) and the axes multiply. Where the source is upsampled, coefficients of equal neighbours add up first; where they cancel,
/// the roundings of what cancelled remain, so a point counts with the larger of both. Relative to that, in units of 2^-24: IC additions one after the other err by sqrt(IC) / 3; V has about six roundings of 1 / sqrt(3) each, sqrt(2)
/// in all, and U one, or as many as V where weights are transformed in single precision; the transform of the output 1.5. Five standard deviations, as there.
/// </summary>
public static partial class WinogradTolerance
{
    /// <summary>Largest allowed distance of a kernel on a case.</summary>
    /// <param name="kernel">A kernel with the tile in its name.</param>
    /// <param name="case">A case of the convolution.</param>
    public static double Of(IKernel kernel, OpCase @case)
    {
        Match match = TilePattern().Match(kernel.Name);
        Conv3dOp op = (Conv3dOp)@case.Op;
        double kappa = 1;
        for (int axis = 0; axis < 3; axis++)
            kappa *= Kappa(int.Parse(match.Groups[axis + 1].ValueSpan), op.FirstSourceFactor[axis]);
        double channels = @case.Inputs[op.WeightOperand].Shape.C;
        double weights = kernel.Name.Contains("LateWeights", StringComparison.Ordinal) ? 2 : 1.0 / 3;
        double relative = Math.Sqrt((channels / 9) + 2 + weights + (1.5 * 1.5));
        return Math.Pow(2, -24) * @case.Magnitude * ((5 * kappa * Math.Sqrt(@case.Terms) / 3 * relative) + 4);
    }

    [GeneratedRegex(@"Winograd(\d+)x(\d+)x(\d+)")]
    private static partial Regex TilePattern();

    // That of the worst output of a tile.
    private static double Kappa(int tile, int factor)
    {
        if (tile == 1)
            return 1;
        double[] points = tile == 2 ? [0, 1, -1] : [0, 0.625, -0.625, 1.5, -1.5];
        int last = points.Length;
        double[] variances = new double[tile];
        for (int p = 0; p <= last; p++)
        {
            bool isInfinity = p == last;
            double[] others = [.. points.Where((_, index) => index != p)];
            double divisor = isInfinity ? 1 : others.Aggregate(1.0, (product, other) => product * (points[p] - other));
            double weight = isInfinity ? 1 : Enumerable.Range(0, 3).Sum(k => Math.Pow(Math.Pow(points[p], k) / divisor, 2));
            double input = Math.Max(SourceVariance(Coefficients(others), 1), SourceVariance(Coefficients(others), factor));
            for (int row = 0; row < tile; row++)
            {
                double power = isInfinity ? (row == tile - 1 ? 1 : 0) : Math.Pow(points[p], row);
                variances[row] += power * power * weight * input / 3;
            }
        }

        return Math.Sqrt(variances.Max());
    }

    // Coefficients of prod (x - p), constant first.
    private static double[] Coefficients(double[] roots)
    {
        double[] polynomial = [1];
        foreach (double root in roots)
        {
            double[] next = new double[polynomial.Length + 1];
            for (int i = 0; i < polynomial.Length; i++)
            {
                next[i + 1] += polynomial[i];
                next[i] -= root * polynomial[i];
            }

            polynomial = next;
        }

        return polynomial;
    }

    // A tile starts one voxel before a multiple of its size.
    private static double SourceVariance(double[] coefficients, int factor) =>
        coefficients.Select((value, index) => (value, voxel: (index - 1 + factor) / factor)).GroupBy(part => part.voxel).Sum(same => Math.Pow(same.Sum(part => part.value), 2));
}
