using STUNet.Core;
using STUNet.Imaging.Preprocessing;
using STUNet.Model;

namespace STUNet.Inference;

/// <summary>What a segmenter accepts, beside what the model's <see cref="InferenceRules"/> do.</summary>
internal static class SegmenterRules
{
    /// <summary>Refuses options out of range and models that cannot be streamed.</summary>
    /// <param name="manifest">The model.</param>
    /// <param name="options">The options.</param>
    /// <exception cref="InvalidRequestException">Something does not fit; the message names it.</exception>
    public static void Check(ModelManifest manifest, SegmenterOptions options)
    {
        if (options.StepSize is not (> 0 and <= 1))
            throw new InvalidRequestException($"The step size {options.StepSize} must lie above 0 and at most at 1; 0.5 is the usual value.");
        ExportParameters export = manifest.Export;
        foreach (int order in (ReadOnlySpan<int>)[export.InterpolationOrder, export.InterpolationOrderZ])
        {
            if (order is not ((int)InterpolationOrder.Nearest or (int)InterpolationOrder.Linear))
                throw new InvalidRequestException($"The model's segmentation_export_params ask for interpolation of order {order}; only 0 and 1 can be streamed, so edit the model's plans.");
        }
    }

    /// <summary>Refuses what needs more memory than allowed.</summary>
    /// <param name="limit">The limit; null for none.</param>
    /// <param name="needed">Bytes needed.</param>
    /// <param name="what">What needs them, as the start of a sentence.</param>
    /// <exception cref="InsufficientResourcesException">It needs more.</exception>
    public static void RequireWithin(long? limit, long needed, string what)
    {
        if (limit is { } allowed && needed > allowed)
        {
            throw new InsufficientResourcesException(
                $"{what} needs {MiBAtLeast(needed)} MiB of memory, but the limit is {allowed >> 20} MiB; raise the memory limit to at least {MiBAtLeast(needed)} MiB, or use a smaller model or fewer folds.");
        }
    }

    private static long MiBAtLeast(long bytes) => (bytes + (1 << 20) - 1) >> 20;
}
