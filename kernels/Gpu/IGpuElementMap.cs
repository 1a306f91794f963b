namespace STUNet.Kernels;

/// <summary>What an op computes of one element, in float32. A structure of arguments, so that kernels are compiled for each.</summary>
internal interface IGpuElementMap
{
    /// <summary>The result of an element.</summary>
    /// <param name="first">Its value in the first tensor.</param>
    /// <param name="second">Its value in the second; 0 where there is none.</param>
    /// <param name="sample">Its sample.</param>
    /// <param name="c">Its channel.</param>
    float Of(float first, float second, int sample, int c);
}
