namespace STUNet.Kernels;

/// <summary>A kernel body as PTX.</summary>
/// <param name="Name">The body, as <see cref="GpuKernelReport.Name"/> has it.</param>
/// <param name="Ptx">The text, as a driver is given it.</param>
public sealed record GpuKernelText(string Name, string Ptx);
