using System.Collections.Immutable;
using STUNet.Core;

namespace STUNet.Model;

/// <summary>
/// The architecture of one STU-Net: everything that decides the shapes of its parameters, and the strides, which parameters do not show.
/// Immutable, valid by construction, compared by value. Stage 0 has the input's resolution; the last stage is the bottleneck.
/// </summary>
public sealed partial record StuNetConfig
{
    private const int MaxStages = 16;
    private const int MaxWidth = 1 << 16;
    private const int MaxDepth = 256;
    private const int MaxKernel = 31;
    private const int MaxStride = 2;

    private static readonly Int3 Two = new(2, 2, 2);
    private static readonly Int3 Three = new(3, 3, 3);

    /// <summary>Checks and keeps the architecture.</summary>
    /// <param name="inputChannels">Channels of the image.</param>
    /// <param name="classes">Outputs, background included.</param>
    /// <param name="dims">Channels per stage; at least two stages.</param>
    /// <param name="depth">Residual blocks per stage.</param>
    /// <param name="strides">Stride of each down-sampling, one fewer than stages.</param>
    /// <param name="kernels">Kernel of the two main convolutions per stage, odd on every axis; empty means 3x3x3 everywhere.</param>
    /// <exception cref="InvalidRequestException">A value is out of range or the lists do not fit together; the message names it.</exception>
    public StuNetConfig(
        int inputChannels,
        int classes,
        ImmutableArray<int> dims,
        ImmutableArray<int> depth,
        ImmutableArray<Int3> strides,
        ImmutableArray<Int3> kernels = default)
    {
        InputChannels = inputChannels;
        Classes = classes;
        Dims = OrEmpty(dims);
        Depth = OrEmpty(depth);
        Strides = OrEmpty(strides);
        Kernels = kernels.IsDefaultOrEmpty ? [.. Enumerable.Repeat(Three, Dims.Length)] : kernels;
        Validate();
    }

    /// <summary>The strides of the published plans: (2, 2, 2) four times, then (1, 1, 2).</summary>
    public static ImmutableArray<Int3> PublishedStrides { get; } = [Two, Two, Two, Two, new(1, 1, 2)];

    /// <summary>Channels of the image.</summary>
    public int InputChannels { get; }

    /// <summary>Outputs, background included.</summary>
    public int Classes { get; }

    /// <summary>Channels per stage.</summary>
    public ImmutableArray<int> Dims { get; }

    /// <summary>Residual blocks per stage; the decoder level at the same resolution has as many.</summary>
    public ImmutableArray<int> Depth { get; }

    /// <summary>Stride (z, y, x) of each down-sampling: <c>Strides[d - 1]</c> leads into stage d.</summary>
    public ImmutableArray<Int3> Strides { get; }

    /// <summary>Kernel (z, y, x) of the main convolutions per stage; padding is kernel / 2.</summary>
    public ImmutableArray<Int3> Kernels { get; }

    /// <summary>Number of resolutions.</summary>
    public int Stages => Dims.Length;

    /// <summary>Product of all strides: every side of a patch must be divisible by it.</summary>
    public Int3 TotalStride => Int3.From(axis => Strides.Aggregate(1, (product, stride) => product * stride[axis]));

    /// <summary>The published size with these widths and depths, or null.</summary>
    public StuNetSize? NamedSize
    {
        get
        {
            foreach (StuNetSize size in Enum.GetValues<StuNetSize>())
            {
                (int width, int blocks) = WidthAndDepth(size);
                if (Dims.SequenceEqual(PublishedDims(width)) && Depth.All(depth => depth == blocks))
                    return size;
            }

            return null;
        }
    }

    /// <summary>A published size.</summary>
    /// <param name="size">The size.</param>
    /// <param name="inputChannels">Channels of the image.</param>
    /// <param name="classes">Outputs, background included.</param>
    /// <param name="strides">Five strides; empty means <see cref="PublishedStrides"/>.</param>
    public static StuNetConfig Of(StuNetSize size, int inputChannels = 1, int classes = 105, ImmutableArray<Int3> strides = default)
    {
        (int width, int blocks) = WidthAndDepth(size);
        ImmutableArray<int> dims = PublishedDims(width);
        return new(inputChannels, classes, dims, [.. dims.Select(_ => blocks)], strides.IsDefaultOrEmpty ? PublishedStrides : strides);
    }

    /// <summary>
    /// A plan's pooling list brought to the network's number of down-samplings: cut at the end, or padded with (1, 1, 1), as the reference does.
    /// </summary>
    /// <param name="poolings">The plan's pooling kernels, without a leading (1, 1, 1).</param>
    /// <param name="count">Number of down-samplings.</param>
    public static ImmutableArray<Int3> FitStrides(IEnumerable<Int3> poolings, int count) =>
        [.. poolings.Concat(Enumerable.Repeat(Int3.One, count)).Take(count)];

    /// <summary>Same architecture, compared element by element.</summary>
    /// <param name="other">The other one.</param>
    public bool Equals(StuNetConfig? other) =>
        other is not null
        && InputChannels == other.InputChannels
        && Classes == other.Classes
        && Dims.SequenceEqual(other.Dims)
        && Depth.SequenceEqual(other.Depth)
        && Strides.SequenceEqual(other.Strides)
        && Kernels.SequenceEqual(other.Kernels);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.Add(InputChannels);
        hash.Add(Classes);
        foreach (int width in Dims)
            hash.Add(width);
        foreach (Int3 stride in Strides)
            hash.Add(stride);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"STU-Net{(NamedSize is { } size ? $"-{size}" : "")} in {InputChannels}, classes {Classes}, dims {string.Join(',', Dims)}, "
        + $"depth {string.Join(',', Depth)}, strides {string.Join(',', Strides)}, kernels {string.Join(',', Kernels)}";

    internal static (int Width, int Depth) WidthAndDepth(StuNetSize size) => size switch
    {
        StuNetSize.S => (16, 1),
        StuNetSize.B => (32, 1),
        StuNetSize.L => (64, 2),
        StuNetSize.H => (96, 3),
        _ => throw new ArgumentOutOfRangeException(nameof(size)),
    };

    private static ImmutableArray<int> PublishedDims(int width) => [width, 2 * width, 4 * width, 8 * width, 16 * width, 16 * width];

    private static ImmutableArray<T> OrEmpty<T>(ImmutableArray<T> list) => list.IsDefault ? [] : list;

    private static void Require(bool condition, string problem)
    {
        if (!condition)
            throw new InvalidRequestException($"STU-Net configuration: {problem}.");
    }

    private void Validate()
    {
        Require(InputChannels is >= 1 and <= MaxWidth, $"input channels must be 1 to {MaxWidth}, found {InputChannels}");
        Require(Classes is >= 1 and <= MaxWidth, $"classes must be 1 to {MaxWidth}, found {Classes}");
        Require(Stages is >= 2 and <= MaxStages, $"dims must list 2 to {MaxStages} stages, found {Stages}");
        Require(Depth.Length == Stages, $"depth must list {Stages} stages like dims, found {Depth.Length}");
        Require(Kernels.Length == Stages, $"kernels must list {Stages} stages like dims, found {Kernels.Length}");
        Require(Strides.Length == Stages - 1, $"strides must list {Stages - 1} down-samplings for {Stages} stages, found {Strides.Length}");
        for (int stage = 0; stage < Stages; stage++)
        {
            Require(Dims[stage] is >= 1 and <= MaxWidth, $"dims[{stage}] must be 1 to {MaxWidth}, found {Dims[stage]}");
            Require(Depth[stage] is >= 1 and <= MaxDepth, $"depth[{stage}] must be 1 to {MaxDepth}, found {Depth[stage]}");
            Int3 kernel = Kernels[stage];
            for (int axis = 0; axis < 3; axis++)
                Require(kernel[axis] is >= 1 and <= MaxKernel && kernel[axis] % 2 == 1, $"kernels[{stage}] must be odd, 1 to {MaxKernel}, found {kernel}");
        }

        for (int step = 0; step < Strides.Length; step++)
        {
            for (int axis = 0; axis < 3; axis++)
                Require(Strides[step][axis] is >= 1 and <= MaxStride, $"strides[{step}] must be 1 to {MaxStride}, found {Strides[step]}");
        }

        for (int axis = 0; axis < 3; axis++)
        {
            long total = Strides.Aggregate(1L, (product, stride) => Math.Min(int.MaxValue, product * stride[axis]));
            Require(total < int.MaxValue, $"the product of the strides along axis {axis} is too large");
        }
    }
}
