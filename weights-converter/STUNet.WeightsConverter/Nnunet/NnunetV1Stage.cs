using System.Collections.Immutable;
using STUNet.Core;

namespace STUNet.WeightsConverter;

/// <summary>One resolution of v1 plans. Triples are (z, y, x) after the plans' transpose.</summary>
/// <param name="BatchSize">Patches per training step.</param>
/// <param name="PatchSize">Window in voxels.</param>
/// <param name="CurrentSpacing">Spacing the network works at, mm.</param>
/// <param name="OriginalSpacing">Median spacing of the training cases, mm; <paramref name="CurrentSpacing"/> where the plans do not say.</param>
/// <param name="MedianPatientSizeInVoxels">Median size of the resampled cases; null where the plans do not say.</param>
/// <param name="DoDummy2DDataAug">Whether augmentation leaves axis z alone.</param>
/// <param name="PoolOpKernelSizes">Strides of the down-samplings, as many as the plans have.</param>
/// <param name="ConvKernelSizes">The plans' kernels; STU-Net's own are those of its tensors.</param>
public sealed record NnunetV1Stage(
    int BatchSize,
    Int3 PatchSize,
    ImmutableArray<double> CurrentSpacing,
    ImmutableArray<double> OriginalSpacing,
    Int3? MedianPatientSizeInVoxels,
    bool DoDummy2DDataAug,
    ImmutableArray<Int3> PoolOpKernelSizes,
    ImmutableArray<Int3> ConvKernelSizes)
{
    private const int MaxLength = 1 << 20;
    private const int MaxKernel = 31;

    internal static NnunetV1Stage Read(PickleField field)
    {
        Int3 patch = field["patch_size"].Triple(MaxLength);
        ImmutableArray<double> spacing = Spacing(field["current_spacing"]);
        ImmutableArray<Int3> pools = field.Optional("pool_op_kernel_sizes") is { } listed
            ? listed.List(item => item.Triple(MaxKernel), 0, 64)
            : PoolsOfCounts(field["num_pool_per_axis"].List(item => item.Int(0, 16), 3, 3));
        return new NnunetV1Stage(
            field.Optional("batch_size")?.Int(1, MaxLength) ?? 2,
            patch,
            spacing,
            field.Optional("original_spacing") is { } original ? Spacing(original) : spacing,
            field.Optional("median_patient_size_in_voxels")?.Triple(),
            field.Optional("do_dummy_2D_data_aug")?.Bool() ?? false,
            pools,
            field.Optional("conv_kernel_sizes")?.List(item => item.Triple(MaxKernel), 0, 64) ?? [.. Enumerable.Repeat(new Int3(3, 3, 3), pools.Length + 1)]);
    }

    private static ImmutableArray<double> Spacing(PickleField field) =>
        field.List(item => item.Double() is > 1e-6 and < 1e6 and double spacing ? spacing : throw item.Wrong("expected a length in mm"), 3, 3);

    // Very old plans: with P poolings on an axis of N at most, the first N - P poolings leave that axis alone.
    private static ImmutableArray<Int3> PoolsOfCounts(ImmutableArray<int> counts)
    {
        int most = counts.Max();
        return [.. Enumerable.Range(0, most).Select(i => Int3.From(axis => most - counts[axis] <= i ? 2 : 1))];
    }
}
