using System.Text.Json;
using STUNet.Core;
using STUNet.Kernels;
using STUNet.TestKit.Ops;

// With the arguments "open NAME" only opens a GPU device and prints its name, or the sentence why it cannot be opened.
if (args is ["open", string api])
{
    try
    {
        using GpuDevice gpu = GpuDevice.Open(api);
        Console.WriteLine(gpu.Caps.Name);
    }
    catch (InvalidRequestException refusal)
    {
        Console.WriteLine(refusal.Message);
    }

    return;
}

// Every case of every op, every kernel this process can run, against the reference: one JSON line each, the preferred kernel first.
using CpuDevice device = new();
foreach (OpCase opCase in OpCatalog.TestCases)
{
    float[] expected = KernelCheck.Expected(device, opCase);
    bool preferred = true;
    foreach (IKernel kernel in KernelHarness.KernelsFor(device, opCase))
    {
        double error = KernelCheck.MaxError(expected, KernelCheck.Compute(device, kernel, opCase));
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            op = opCase.Op.Name,
            name = opCase.Name,
            channels = opCase.Inputs.Count == 0 ? 0 : device.Padded(opCase.Inputs[0]).ChannelPitch,
            kernel = kernel.Name,
            preferred,
            error = Math.Min(error, double.MaxValue),
            tolerance = opCase.Tolerance,
            simd = device.Caps.Simd.ToString(),
        }));
        preferred = false;
    }
}
