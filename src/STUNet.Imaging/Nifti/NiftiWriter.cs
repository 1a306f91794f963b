using System.Buffers.Binary;
using System.IO.Compression;
using STUNet.Core;

namespace STUNet.Imaging.Nifti;

/// <summary>Writes .nii and .nii.gz. The same input gives the same bytes: no time stamp, no name.</summary>
internal sealed class NiftiWriter : IVolumeWriter
{
    private const int ChunkVoxels = 1 << 18;

    public string Format => "NIfTI";

    public bool Recognises(string path) => NiftiPaths.IsSingle(path);

    public void Write(string path, Volume volume, VoxelStorage storage)
    {
        NiftiVoxelType type = storage == VoxelStorage.Int16 ? NiftiVoxelType.Int16 : NiftiVoxelType.Float32;
        NiftiHeader header = NiftiHeaderComposer.Compose(volume.Geometry, type);
        Write(path, header, volume.Voxels.Length, (start, bytes) =>
        {
            ReadOnlySpan<float> voxels = volume.Voxels[start..];
            int width = NiftiVoxelTypes.Bytes(type);
            for (int i = 0; i < bytes.Length / width; i++)
            {
                uint bits = storage == VoxelStorage.Int16 ? (ushort)Rounded(path, voxels[i]) : BitConverter.SingleToUInt32Bits(voxels[i]);
                Store(bytes.Slice(i * width, width), bits, header.BigEndian);
            }
        });
    }

    public void Write(string path, LabelVolume labels)
    {
        int width = LabelVolume.SmallestWidth(labels.Largest());
        NiftiVoxelType type = width switch { 1 => NiftiVoxelType.UInt8, 2 => NiftiVoxelType.UInt16, _ => NiftiVoxelType.UInt32 };
        NiftiHeader header = NiftiHeaderComposer.Compose(labels.Geometry, type);
        Write(path, header, (int)labels.Size.Product, (start, bytes) =>
        {
            if (width == 1 && labels.BytesPerVoxel == 1)
            {
                labels.As<byte>().Slice(start, bytes.Length).CopyTo(bytes);
                return;
            }

            for (int i = 0; i < bytes.Length / width; i++)
                Store(bytes.Slice(i * width, width), labels[start + i], header.BigEndian);
        });
    }

    private delegate void FillChunk(int startVoxel, Span<byte> bytes);

    private static void Write(string path, NiftiHeader header, int count, FillChunk fill)
    {
        try
        {
            AtomicFile.Write(path, file =>
            {
                if (!NiftiPaths.IsGzip(path))
                {
                    WriteContent(file, header, count, fill);
                    return;
                }

                using GZipStream gzip = new(file, CompressionLevel.Optimal, leaveOpen: true);
                WriteContent(gzip, header, count, fill);
            });
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new InvalidFileException(path, "", "the file cannot be written: " + cause.Message.TrimEnd('.'), "give a writable folder with room", cause);
        }
    }

    private static void WriteContent(Stream stream, NiftiHeader header, int count, FillChunk fill)
    {
        stream.Write(header.Bytes);
        stream.Write(stackalloc byte[header.Layout.FirstVoxelOffset - header.Layout.Length]);
        int width = NiftiVoxelTypes.Bytes(header.DataType);
        byte[] chunk = new byte[Math.Min(count, ChunkVoxels) * width];
        for (int start = 0; start < count; start += ChunkVoxels)
        {
            Span<byte> bytes = chunk.AsSpan(0, Math.Min(ChunkVoxels, count - start) * width);
            fill(start, bytes);
            stream.Write(bytes);
        }
    }

    private static void Store(Span<byte> target, uint bits, bool bigEndian)
    {
        switch (target.Length)
        {
            case 1:
                target[0] = (byte)bits;
                break;
            case 2 when bigEndian:
                BinaryPrimitives.WriteUInt16BigEndian(target, (ushort)bits);
                break;
            case 2:
                BinaryPrimitives.WriteUInt16LittleEndian(target, (ushort)bits);
                break;
            default:
                if (bigEndian)
                    BinaryPrimitives.WriteUInt32BigEndian(target, bits);
                else
                    BinaryPrimitives.WriteUInt32LittleEndian(target, bits);
                break;
        }
    }

    private static short Rounded(string path, float value)
    {
        float rounded = MathF.Round(value);
        return rounded is >= short.MinValue and <= short.MaxValue
            ? (short)rounded
            : throw new InvalidRequestException($"The value {value:R} does not fit the 16-bit integers of {path}; store the image as float32.");
    }
}
