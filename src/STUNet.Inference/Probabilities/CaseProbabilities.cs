using System.Numerics;
using System.Runtime.InteropServices;
using STUNet.Core;
using STUNet.Imaging.Preprocessing;

namespace STUNet.Inference;

/// <summary>
/// The probabilities of a case, on their way into the archive that nnU-Net's ensembling reads: gathered in a temporary file while voxels are labelled, then written class by class in the image's
/// axis order. Memory holds one slice of all classes, or some planes of one.
/// </summary>
internal abstract class CaseProbabilities : IDisposable
{
    /// <summary>Elements of a class that are put in order at once, unless one plane has more.</summary>
    internal const int SlabElements = 4 << 20;

    /// <summary>Opens the temporary file.</summary>
    /// <param name="path">The archive to write; its folder exists.</param>
    /// <param name="rules">The rules of the model's version.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="areRegions">Whether they are regions.</param>
    /// <param name="geometry">The case.</param>
    /// <param name="slabElements">Elements of a class that are put in order at once, unless one plane has more.</param>
    /// <exception cref="InsufficientResourcesException">The disk has too little room.</exception>
    public static CaseProbabilities Open(string path, InferenceRules rules, int classes, bool areRegions, CaseGeometry geometry, int slabElements = SlabElements)
    {
        ProbabilityLayout layout = rules.ProbabilityLayoutOf(geometry, areRegions);
        long bytes = classes * geometry.Box.Size.Product * layout.Type.Size();
        // The temporary file and the archive; of bytes without any pattern, deflating in a hurry makes up to 9 bits each.
        DiskRoom.Require(path, bytes + (bytes / 8 * 9), $"The probabilities of {classes} classes and {geometry.Box.Size} voxels");
        return layout.Type == DType.F16
            ? new Stored<Half>(path, rules, classes, areRegions, geometry, layout, slabElements)
            : new Stored<float>(path, rules, classes, areRegions, geometry, layout, slabElements);
    }

    /// <summary>Bytes of memory while voxels are labelled, and while the archive is written; at most so many, for a crop box of at most this size.</summary>
    /// <param name="layout">How they are stored.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="geometry">The case.</param>
    public static (long Slice, long Slabs) MemoryBytes(ProbabilityLayout layout, int classes, CaseGeometry geometry)
    {
        Int3 network = geometry.CroppedInNetworkOrder;
        long plane = (long)layout.Size.H * layout.Size.W;
        return ((long)classes * network.H * network.W * layout.Type.Size(), ((2 * Math.Max(plane, SlabElements)) + plane) * layout.Type.Size());
    }

    /// <summary>Gathers the probabilities of voxels while they are labelled.</summary>
    /// <param name="labels">Labels them.</param>
    /// <param name="label">Given who accepts all rows in the place of <paramref name="labels"/>.</param>
    public abstract void Gather(IRowConsumer labels, Action<IRowConsumer> label);

    /// <summary>Writes the archive, and its side file of properties beside it.</summary>
    /// <param name="workers">Threads.</param>
    /// <param name="cancellation">Stops between two planes; no file is then left.</param>
    public abstract void Write(WorkerPool workers, CancellationToken cancellation);

    /// <summary>Removes the temporary file.</summary>
    public abstract void Dispose();

    private sealed class Stored<T>(string path, InferenceRules rules, int classes, bool areRegions, CaseGeometry geometry, ProbabilityLayout layout, int slabElements) : CaseProbabilities
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly ProbabilityScratch<T> _scratch = new(path, classes, geometry.CroppedInNetworkOrder);

        public override void Gather(IRowConsumer labels, Action<IRowConsumer> label)
        {
            using ProbabilityRows<T> rows = new(labels, rules, areRegions, _scratch);
            label(rows);
        }

        public override void Write(WorkerPool workers, CancellationToken cancellation)
        {
            Int3 size = layout.Size;
            ProbabilityPlanes<T> box = new(_scratch, geometry.Forward.Inverse, slabElements, workers);
            T[] plane = new T[size.H * size.W];
            NumpyArchive.Write(path, layout.Name, layout.Type, [classes, size.D, size.H, size.W], stream =>
            {
                for (int k = 0; k < classes; k++)
                {
                    for (int z = 0; z < size.D; z++)
                    {
                        cancellation.ThrowIfCancellationRequested();
                        Compose(box, k, z, plane);
                        stream.Write(MemoryMarshal.AsBytes<T>(plane));
                    }
                }
            });
            rules.WriteProperties(ProbabilityFiles.PropertiesOf(path), geometry);
        }

        public override void Dispose() => _scratch.Dispose();

        /// <summary>A plane of the archive's array: what the crop box has of it, and what is outside.</summary>
        private void Compose(ProbabilityPlanes<T> box, int k, int z, T[] plane)
        {
            plane.AsSpan().Fill(T.CreateTruncating(k == 0 ? layout.OutsideOfFirst : 0));
            int inBox = z - layout.Start.D;
            if (inBox < 0 || inBox >= geometry.Box.Size.D)
                return;
            CropBox part = new(layout.Start with { D = 0 }, geometry.Box.Size with { D = 1 });
            part.CopyTo(box.Next(k, inBox), plane, layout.Size with { D = 1 });
        }
    }
}
