using System.Reflection;
using ILGPU;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;

namespace STUNet.Kernels;

/// <summary>Tells ILGPU what to put in the place of <see cref="GpuTensorCore"/>'s methods on each API.</summary>
internal static class GpuTensorCoreIntrinsics
{
    /// <summary>Registers all, once per context, before a device or a backend is made from it: each takes over what it finds then.</summary>
    /// <param name="context">The context.</param>
    public static void Register(Context context)
    {
        IntrinsicImplementationManager manager = context.GetIntrinsicManager();
        foreach (MethodInfo method in MethodsOf(typeof(GpuTensorCore)))
        {
            bool takesViews = typeof(GpuTensorCoreAddresses).GetMethod(method.Name) is not null;
            manager.RegisterMethod(method, takesViews ? Redirected(method) : Written(method));
            bool isWritten = typeof(GpuTensorCoreOpenCl).GetMethod(method.Name) is not null;
            manager.RegisterMethod(method, isWritten
                ? new CLIntrinsic(typeof(GpuTensorCoreOpenCl), method.Name, IntrinsicImplementationMode.GenerateCode)
                : new CLIntrinsic(typeof(GpuTensorCoreTwin), method.Name, IntrinsicImplementationMode.Redirect));
        }

        foreach (MethodInfo method in MethodsOf(typeof(GpuTensorCoreAddresses)))
        {
            if (method.IsDefined(typeof(IntrinsicImplementationAttribute)))
                manager.RegisterMethod(method, Written(method));
        }
    }

    private static PTXIntrinsic Redirected(MethodInfo method) => new(typeof(GpuTensorCoreAddresses), method.Name, IntrinsicImplementationMode.Redirect);

    private static PTXIntrinsic Written(MethodInfo method) => new(typeof(GpuTensorCorePtx), method.Name, IntrinsicImplementationMode.GenerateCode);

    private static MethodInfo[] MethodsOf(Type type) => type.GetMethods(BindingFlags.Public | BindingFlags.Static);
}
