using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// What a convolution does beside convolving, in the first bytes of its workspace: the table of the norm of its source, the table of the norm of the
/// addend, and the moments of its output piece by piece.
/// </summary>
internal sealed unsafe class Conv3dNorms
{
    private readonly Conv3dOp _op;
    private readonly TensorView[] _operands;
    private readonly MemorySpan _workspace;
    private readonly long _addendOffset;

    /// <summary>Binds the norms of a convolution.</summary>
    /// <param name="op">The op.</param>
    /// <param name="operands">Its operands.</param>
    /// <param name="workspace">Its workspace.</param>
    /// <param name="voxels">Voxels of every piece of the output.</param>
    /// <param name="pitch">Output channels, rounded up to whole blocks.</param>
    public Conv3dNorms(Conv3dOp op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, int[] voxels, int pitch)
    {
        _op = op;
        _operands = operands.ToArray();
        _workspace = workspace;
        TensorDesc[] descs = [.. _operands.Select(operand => operand.Desc)];
        _addendOffset = SourceBytes(op, descs);
        long momentsOffset = _addendOffset + AddendBytes(op, descs);
        OwnBytes = ByteLength(op, descs, voxels.Length, pitch);
        if (op.StatisticsEpsilon is not null)
            Moments = new ChannelMoments(workspace with { ByteOffset = workspace.ByteOffset + momentsOffset, ByteLength = OwnBytes - momentsOffset }, pitch, voxels);
    }

    /// <summary>Bytes at the start of the workspace.</summary>
    public long OwnBytes { get; }

    /// <summary>Moments of the output, or null when nobody asked for its statistics.</summary>
    public ChannelMoments? Moments { get; }

    /// <summary>Table of <see cref="InstanceNormTable"/> of the source, or null when it is read as it is.</summary>
    public float* SourceTable => _op.NormalisedSourceSlope is null ? null : (float*)_workspace.Bytes;

    /// <summary>Table of <see cref="InstanceNormTable"/> of the addend, or null when there is none.</summary>
    public float* AddendTable => _op.NormalisedAddendSlope is null ? null : (float*)(_workspace.Bytes + _addendOffset);

    /// <summary>Bytes of a problem.</summary>
    /// <param name="op">The op.</param>
    /// <param name="operands">Its operands.</param>
    /// <param name="pieces">Pieces of the output.</param>
    /// <param name="pitch">Output channels, rounded up to whole blocks.</param>
    public static long ByteLength(Conv3dOp op, ReadOnlySpan<TensorDesc> operands, int pieces, int pitch) =>
        SourceBytes(op, operands) + AddendBytes(op, operands) + (op.StatisticsEpsilon is null ? 0 : CacheLine.RoundUp(ChannelMoments.ByteLength(pieces, pitch)));

    /// <summary>Fills the tables, at the start of a run.</summary>
    public void FillTables()
    {
        if (_op.NormalisedSourceSlope is not null)
            Fill(SourceTable, 0, _op.SourceStatisticsOperand);
        if (_op.NormalisedAddendSlope is not null)
            Fill(AddendTable, _op.AddendOperand, _op.AddendOperand + 1);
    }

    /// <summary>Combines the moments into the side output, at the end of a run.</summary>
    public void CombineMoments() => Moments?.Combine(_operands[^2], _op.StatisticsEpsilon!.Value);

    private static long SourceBytes(Conv3dOp op, ReadOnlySpan<TensorDesc> operands) =>
        op.NormalisedSourceSlope is null ? 0 : CacheLine.RoundUp(InstanceNormTable.ByteLength(operands[0]));

    private static long AddendBytes(Conv3dOp op, ReadOnlySpan<TensorDesc> operands) =>
        op.NormalisedAddendSlope is null ? 0 : CacheLine.RoundUp(InstanceNormTable.ByteLength(operands[op.AddendOperand]));

    private void Fill(float* table, int normalised, int statistics) =>
        InstanceNormTable.Fill(table, _operands[normalised].Desc, _operands[statistics], _operands[statistics + 1], _operands[statistics + 2]);
}
