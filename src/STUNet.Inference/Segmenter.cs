using STUNet.Core;
using STUNet.Imaging;

namespace STUNet.Inference;

/// <summary>
/// Segments volumes with one model: load once, use for any number of volumes. Thread-safe; the network itself works on one volume at a time.
/// </summary>
public sealed class Segmenter : IDisposable
{
    private const string NotYet = "Segmentation is not yet built in.";

    /// <summary>Loads the model's weights onto a device.</summary>
    /// <param name="model">The model; must stay open as long as the segmenter is used.</param>
    /// <param name="device">The device; must outlive the segmenter.</param>
    /// <param name="options">How to predict; null for nnU-Net v1's defaults.</param>
    /// <exception cref="InvalidRequestException">An option is out of range, or the model needs what this version does not do.</exception>
    public Segmenter(SegmentationModel model, Device device, SegmenterOptions? options = null)
    {
        Model = model;
        Device = device;
        Options = options ?? new();
    }

    /// <summary>The model.</summary>
    public SegmentationModel Model { get; }

    /// <summary>The device.</summary>
    public Device Device { get; }

    /// <summary>How it predicts.</summary>
    public SegmenterOptions Options { get; }

    /// <summary>The memory that a volume of this geometry needs at most; allocates nothing large.</summary>
    /// <param name="geometry">The volume's geometry.</param>
    /// <param name="overlapped">Whether the next case is read while the network works, as <see cref="SegmentAsync"/> does.</param>
    public SegmentationMemoryPlan Plan(VolumeGeometry geometry, bool overlapped = false) => throw new InvalidRequestException(NotYet);

    /// <summary>Segments one volume.</summary>
    /// <param name="channels">Its channels in the model's order, all of one size; not changed.</param>
    /// <param name="progress">Told how far it has come; may be null.</param>
    /// <param name="cancellation">Stops between two windows.</param>
    /// <exception cref="InvalidRequestException">The volume does not fit the model, or needs more memory than allowed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public SegmentationResult Segment(
        IReadOnlyList<Volume> channels, IProgress<SegmentationProgress>? progress = null, CancellationToken cancellation = default) =>
        throw new InvalidRequestException(NotYet);

    /// <summary>
    /// Segments many cases; reading and preprocessing the next and writing the last overlap the network. A case that fails gives a result with its
    /// error and does not stop the others. Results come in the order of the cases.
    /// </summary>
    /// <param name="cases">The cases; enumerated as they are needed.</param>
    /// <param name="progress">Told how far each case has come; may be null.</param>
    /// <param name="cancellation">Stops all.</param>
    public IAsyncEnumerable<CaseResult> SegmentAsync(
        IEnumerable<SegmentationCase> cases, IProgress<SegmentationProgress>? progress = null, CancellationToken cancellation = default) =>
        throw new InvalidRequestException(NotYet);

    /// <summary>Releases weights and plans.</summary>
    public void Dispose()
    {
    }
}
