using System.Runtime.InteropServices;
using System.Text.Json;

namespace STUNet.TestKit.Golden;

/// <summary>A tensor of a golden file, C order.</summary>
public sealed class GoldenTensor
{
    internal GoldenTensor(string name, string dtype, int[] shape, byte[] bytes, JsonElement notes)
    {
        Name = name;
        DType = dtype;
        Shape = shape;
        Bytes = bytes;
        Notes = notes;
    }

    /// <summary>Name in the file.</summary>
    public string Name { get; }

    /// <summary>Element type as safetensors writes it (F32, U8, I16, ...).</summary>
    public string DType { get; }

    /// <summary>Sizes, slowest axis first.</summary>
    public int[] Shape { get; }

    /// <summary>The raw little-endian bytes.</summary>
    public byte[] Bytes { get; }

    /// <summary>The manifest's notes: f32_err, scale, unit, limit, ...</summary>
    public JsonElement Notes { get; }

    /// <summary>Largest distance of the reference's own float32 run from its float64 run; 0 where not given.</summary>
    public double F32Err => Number("f32_err");

    /// <summary>Largest absolute value; 0 where not given.</summary>
    public double Scale => Number("scale");

    /// <summary>The values as binary32; integers are converted.</summary>
    public float[] ToSingles() => DType switch
    {
        "F32" => MemoryMarshal.Cast<byte, float>(Bytes).ToArray(),
        "F64" => [.. Cast<double>().Select(value => (float)value)],
        "F16" => [.. Cast<Half>().Select(value => (float)value)],
        "BF16" => [.. Cast<ushort>().Select(value => BitConverter.UInt32BitsToSingle((uint)value << 16))],
        "U8" or "BOOL" => [.. Bytes.Select(value => (float)value)],
        "I8" => [.. Cast<sbyte>().Select(value => (float)value)],
        "I16" => [.. Cast<short>().Select(value => (float)value)],
        "I32" => [.. Cast<int>().Select(value => (float)value)],
        "I64" => [.. Cast<long>().Select(value => (float)value)],
        _ => throw new NotSupportedException($"{Name}: dtype {DType}"),
    };

    /// <summary>The values as stored.</summary>
    /// <typeparam name="T">An unmanaged type of the stored size.</typeparam>
    public T[] Cast<T>()
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(Bytes).ToArray();

    /// <summary>
    /// The golden README's tolerance for a float32 implementation: max(8 * f32_err, 2e-6 * scale, floor).
    /// </summary>
    /// <param name="floor">The floor of the README's table for this kind of tensor.</param>
    public double Tolerance(double floor = 0) => Math.Max(Math.Max(8 * F32Err, 2e-6 * Scale), floor);

    private double Number(string field) =>
        Notes.TryGetProperty(field, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : 0;
}
