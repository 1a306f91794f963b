namespace STUNet.Imaging.Nifti;

/// <summary>The field <c>datatype</c>: the scalar types of the NIfTI standard that have a counterpart here.</summary>
internal enum NiftiVoxelType : short
{
    UInt8 = 2,
    Int16 = 4,
    Int32 = 8,
    Float32 = 16,
    Float64 = 64,
    Int8 = 256,
    UInt16 = 512,
    UInt32 = 768,
    Int64 = 1024,
    UInt64 = 1280,
}
