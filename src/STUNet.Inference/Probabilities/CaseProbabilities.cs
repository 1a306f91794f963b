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
        // The temporary file, and as much again for the archive should nothing of it become smaller.
        DiskRoom.Require(path, 2 * classes * geometry.Box.Size.Product * layout.Type.Size(), $"The probabilities of {classes} classes and {geometry.Box.Size} voxels");
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
            NumpyArchive.Write(path, layout.Name, layout.Type, [classes, size.D, size.H, size.W], stream =>
            {
                for (int k = 0; k < classes; k++)
                    WriteClass(k, stream, workers, cancellation);
            });
            rules.WriteProperties(ProbabilityFiles.PropertiesOf(path), geometry);
        }

        public override void Dispose() => _scratch.Dispose();

        private void WriteClass(int k, Stream stream, WorkerPool workers, CancellationToken cancellation)
        {
            (Int3 size, CropBox box) = (layout.Size, new CropBox(layout.Start, geometry.Box.Size));
            AxisPermutation backward = geometry.Forward.Inverse;
            T outside = T.CreateTruncating(k == 0 ? layout.OutsideOfFirst : 0);
            T[] plane = new T[size.H * size.W];
            CropBox inPlane = new(box.Start with { D = 0 }, box.Size with { D = 1 });
            int planesPerSlab = Math.Clamp(slabElements / (box.Size.H * box.Size.W), 1, box.Size.D);
            T[] slab = [];
            for (int z = 0; z < size.D; z++)
            {
                cancellation.ThrowIfCancellationRequested();
                plane.AsSpan().Fill(outside);
                int inBox = z - box.Start.D;
                if (inBox >= 0 && inBox < box.Size.D)
                {
                    int inSlab = inBox % planesPerSlab;
                    if (inSlab == 0)
                        slab = ReadSlab(k, inBox, box.Size with { D = Math.Min(planesPerSlab, box.Size.D - inBox) }, backward, workers);
                    int length = box.Size.H * box.Size.W;
                    inPlane.CopyTo<T>(slab.AsSpan(inSlab * length, length), plane, size with { D = 1 });
                }

                stream.Write(MemoryMarshal.AsBytes<T>(plane));
            }
        }

        /// <summary>Planes of a class across the image's axis z, in image order.</summary>
        private T[] ReadSlab(int k, int first, Int3 size, AxisPermutation backward, WorkerPool workers)
        {
            T[] stored = new T[size.Product];
            _scratch.Read(k, backward[0], first, stored);
            if (backward.IsIdentity)
                return stored;
            T[] slab = new T[size.Product];
            backward.Apply<T>(stored, geometry.Forward.Apply(size), slab, workers);
            return slab;
        }
    }
}
