using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What kernels ask of all their operands.</summary>
internal static class Operands
{
    /// <summary>Their descriptions.</summary>
    public static TensorDesc[] DescsOf(ReadOnlySpan<TensorView> operands)
    {
        TensorDesc[] descs = new TensorDesc[operands.Length];
        for (int i = 0; i < descs.Length; i++)
            descs[i] = operands[i].Desc;
        return descs;
    }

    /// <summary>Whether all are float32.</summary>
    public static bool AreFloats(ReadOnlySpan<TensorDesc> operands)
    {
        foreach (TensorDesc operand in operands)
        {
            if (operand.DType != DType.F32)
                return false;
        }

        return true;
    }

    /// <summary>Whether all are float32 and channels last.</summary>
    public static bool AreFloatsChannelsLast(ReadOnlySpan<TensorDesc> operands)
    {
        foreach (TensorDesc operand in operands)
        {
            if (operand.DType != DType.F32 || operand.Layout != Layout.NDHWC)
                return false;
        }

        return true;
    }
}
