using System.Numerics;

namespace STUNet.Training;

/// <summary>A function of one voxel in double; a struct, so that the loop over voxels is compiled around it.</summary>
internal interface IVoxelMap
{
    /// <summary>The function, of a vector of voxels.</summary>
    Vector<double> Map(Vector<double> value);
}
