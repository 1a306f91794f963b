using STUNet.Model;

namespace STUNet.WeightsConverter;

/// <summary>Writes the values of tensors piece by piece, little-endian, and reports progress.</summary>
internal sealed class OnnxWeights(ParameterPieces parameters, IProgress<long>? progress, CancellationToken cancellation)
{
    private const int PieceValues = 1 << 17;
    private readonly float[] _values = new float[PieceValues];
    private readonly byte[] _bytes = new byte[PieceValues * sizeof(float)];
    private long _done;

    public void Write(Stream target, OnnxTensor tensor)
    {
        for (long start = 0; start < tensor.Count; start += PieceValues)
        {
            cancellation.ThrowIfCancellationRequested();
            Span<float> piece = _values.AsSpan(0, (int)Math.Min(PieceValues, tensor.Count - start));
            if (tensor.Values is { } constant)
                constant.AsSpan((int)start, piece.Length).CopyTo(piece);
            else
                parameters(tensor.Name, start, piece);
            Span<byte> encoded = _bytes.AsSpan(0, piece.Length * sizeof(float));
            ElementConversion.FromSingles(ElementType.F32, piece, encoded);
            target.Write(encoded);
            progress?.Report(_done += encoded.Length);
        }
    }
}
