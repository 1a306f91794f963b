using STUNet.Core;

namespace STUNet.Inference;

/// <summary>How a version of nnU-Net stores the probabilities of a case, an array [classes, z, y, x] in the image's axis order.</summary>
/// <param name="Name">Name of the array in the archive.</param>
/// <param name="Type">F16 or F32.</param>
/// <param name="Size">Size of the array (z, y, x): the crop box or the whole image.</param>
/// <param name="Start">Where the crop box begins in it.</param>
/// <param name="OutsideOfFirst">The value of class 0 outside of the crop box; that of the others is 0.</param>
internal sealed record ProbabilityLayout(string Name, DType Type, Int3 Size, Int3 Start, int OutsideOfFirst);
