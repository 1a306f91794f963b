using System.Buffers.Binary;

namespace STUNet.WeightsConverter;

/// <summary>The CRC-32 of ZIP (reflected polynomial 0xEDB88320), eight bytes a step by eight tables.</summary>
internal static class Crc32
{
    private static readonly uint[][] Tables = BuildTables();

    /// <summary>Continues a checksum; start with 0.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        crc = ~crc;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            uint low = crc ^ BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            uint high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            crc = Tables[7][low & 0xFF] ^ Tables[6][(low >> 8) & 0xFF] ^ Tables[5][(low >> 16) & 0xFF] ^ Tables[4][low >> 24]
                ^ Tables[3][high & 0xFF] ^ Tables[2][(high >> 8) & 0xFF] ^ Tables[1][(high >> 16) & 0xFF] ^ Tables[0][high >> 24];
        }

        foreach (byte next in bytes)
            crc = (crc >> 8) ^ Tables[0][(crc ^ next) & 0xFF];
        return ~crc;
    }

    private static uint[][] BuildTables()
    {
        uint[][] tables = [.. Enumerable.Range(0, 8).Select(_ => new uint[256])];
        for (uint i = 0; i < 256; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++)
                value = (value >> 1) ^ ((value & 1) * 0xEDB88320u);
            tables[0][i] = value;
        }

        for (int step = 1; step < 8; step++)
        {
            for (int i = 0; i < 256; i++)
                tables[step][i] = (tables[step - 1][i] >> 8) ^ tables[0][tables[step - 1][i] & 0xFF];
        }

        return tables;
    }
}
