using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>Labels are exact: the tolerance stays below one. Values of few levels give ties; NaN and whole NaN voxels are among them.</summary>
public sealed class ArgMaxCases : IOpCases
{
    /// <inheritdoc/>
    public Type OpType => typeof(ArgMaxOp);

    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases
    {
        get
        {
            foreach (Shape shape in OpShapes.Odd.Append(new Shape(1, 300, 2, 2, 3)))
            {
                yield return new OpCase(new ArgMaxOp(), [new(shape)]);
                yield return new OpCase(new ArgMaxOp(), [new(shape)]) { Values = _ => Levels(shape) };
            }

            yield return new OpCase(new ArgMaxOp(), [new(OpShapes.Large with { C = 105 })]) { IsBenchmark = true };
        }
    }

    /// <summary>Three levels, minus infinity and NaN; the first voxel is NaN in all channels.</summary>
    private static float[] Levels(Shape shape)
    {
        float[] values = OpCase.Uniform(shape.Count, $"levels {shape}");
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = MathF.Floor(values[i] * 2.5f) switch
            {
                -3 => float.NaN,
                -2 => float.NegativeInfinity,
                float level => i % shape.Voxels == 0 ? float.NaN : level,
            };
        }

        return values;
    }
}
