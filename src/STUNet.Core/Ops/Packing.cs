namespace STUNet.Core;

/// <summary>
/// A rearrangement of a parameter. A constant parameter is packed once when a model is compiled and shared by all plans; a variable one is packed by
/// a step of each plan. Two packings of one parameter with equal keys give equal bytes.
/// </summary>
/// <param name="Key">Algorithm and tile, such as <c>conv3d.direct.oc32</c>.</param>
/// <param name="ByteLength">Size of the packed form.</param>
public abstract record Packing(string Key, long ByteLength)
{
    /// <summary>Binds the rearrangement.</summary>
    /// <param name="source">The parameter as published: NCDHW float32.</param>
    /// <param name="packed">The packed form: <see cref="ByteLength"/> bytes; its description is that of the source.</param>
    /// <param name="device">The device.</param>
    public abstract Step Bind(TensorView source, TensorView packed, Device device);
}
