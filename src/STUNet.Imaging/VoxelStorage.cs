namespace STUNet.Imaging;

/// <summary>How an image's voxels are stored in a file.</summary>
public enum VoxelStorage
{
    /// <summary>IEEE binary32, exact.</summary>
    Float32,

    /// <summary>16-bit signed whole numbers: rounded to the nearest, ties to even; values outside the type are refused.</summary>
    Int16,
}
