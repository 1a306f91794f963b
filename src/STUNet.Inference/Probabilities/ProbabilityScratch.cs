using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using STUNet.Core;

namespace STUNet.Inference;

/// <summary>
/// A temporary file of probabilities [classes, z, y, x] in the network's axis order, written slice by slice and read class by class: together they are too large for memory. Plain positional
/// reads and writes, for the reasons of <see cref="RandomAccessFile"/>.
/// </summary>
/// <typeparam name="T">The type of a probability.</typeparam>
/// <param name="path">The file that they will become, which the temporary one lies beside.</param>
/// <param name="classes">Number of classes.</param>
/// <param name="size">Size of the crop box, network order.</param>
internal sealed unsafe class ProbabilityScratch<T>(string path, int classes, Int3 size) : IDisposable
    where T : unmanaged
{
    private const int MostAtOnce = 1 << 30;
    private readonly SafeFileHandle _file = AtomicFile.OpenScratch(path);

    /// <summary>Number of classes.</summary>
    public int Classes => classes;

    /// <summary>Size of the crop box, network order.</summary>
    public Int3 Size => size;

    /// <summary>Writes a slice of all classes.</summary>
    /// <param name="z">The slice.</param>
    /// <param name="values">Its probabilities [classes, y, x].</param>
    public void WriteSlice(int z, T* values)
    {
        long plane = (long)size.H * size.W * sizeof(T);
        for (int k = 0; k < classes; k++)
        {
            byte* from = (byte*)values + (k * plane);
            for (long done = 0; done < plane; done += MostAtOnce)
                RandomAccess.Write(_file, new ReadOnlySpan<byte>(from + done, (int)Math.Min(MostAtOnce, plane - done)), ((((long)k * size.D) + z) * plane) + done);
        }
    }

    /// <summary>Reads the part of a class that lies between two planes across an axis.</summary>
    /// <param name="k">The class.</param>
    /// <param name="axis">The axis, network order.</param>
    /// <param name="first">The first plane.</param>
    /// <param name="target">Receives whole planes from there on, network order.</param>
    /// <exception cref="EndOfStreamException">The file is shorter: another program has cut it.</exception>
    public void Read(int k, int axis, int first, Span<T> target)
    {
        long inner = 1;
        for (int faster = axis + 1; faster < 3; faster++)
            inner *= size[faster];
        long outer = size.Product / (inner * size[axis]);
        int run = (int)(target.Length / outer);
        for (long i = 0; i < outer; i++)
        {
            long at = (k * size.Product) + (((i * size[axis]) + first) * inner);
            Span<byte> piece = MemoryMarshal.AsBytes(target.Slice((int)(i * run), run));
            if (RandomAccessFile.Fill(_file, at * sizeof(T), piece) < piece.Length)
                throw new EndOfStreamException($"The temporary file of {path} ends too early.");
        }
    }

    /// <summary>Removes the file.</summary>
    public void Dispose() => _file.Dispose();
}
