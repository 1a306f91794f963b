using System.Text.Json;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Kernels;
using STUNet.Model;
using STUNet.OpRunner;
using STUNet.TestKit;
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

// With the argument "tensor" it runs the tiny convolutions on every tile of F16 and up to 64 channels, one of an upsampled source and one of boxes, their gradients on those that a plan takes, all of it on one of TF32 and one of F32, sums and gradients of a loss, and labels from an accumulator: for a checker in the place of the OpenCL driver.
if (args is ["tensor"])
{
    using GpuDevice gpu = GpuDevice.Open(GpuDevice.OpenCL);
    gpu.ActAsGpu();
    using CpuDevice reference = new(1);
    OpCase[] forward = [.. TensorConvolutionCases.Tiny];
    foreach ((OpCase plain, Precision precision) in
        from plain in (OpCase[])[.. forward, .. TensorConvolutionCases.TinyOfFamilies.Select(tiny => tiny.Case), .. TensorDataGradientCases.Tiny, .. TensorWeightGradientCases.Tiny] from precision in (Precision[])[Precision.F16, Precision.TF32, Precision.F32] select (plain, precision))
    {
        TensorConvolution convolution = TensorConvolution.Of(plain, precision);
        float[] expected = KernelCheck.Expected(reference, convolution.Exact);
        IEnumerable<IKernel> kernels = KernelHarness.KernelsFor(gpu, convolution.Case).Where(kernel => TensorConvolution.IsTile(kernel, precision) && !kernel.Name.EndsWith("128", StringComparison.Ordinal));
        foreach ((string family, _) in TensorConvolutionCases.TinyOfFamilies.Where(tiny => tiny.Case == plain))
            kernels = kernels.Where(kernel => kernel.TileFamily.Contains(family, StringComparison.Ordinal));
        foreach (IKernel kernel in precision == Precision.F16 && forward.Contains(plain) ? kernels : kernels.Take(1))
            Console.WriteLine($"{kernel.Name} {convolution.Check(expected, KernelCheck.Compute(gpu, kernel, convolution.Case)) ?? "passed"}");
    }

    foreach (IOpCases losses in (IOpCases[])[new SegmentationLossSumsCases(), new SegmentationLossGradientCases()])
    {
        ActivationCase loss = ActivationCase.Of(losses.Cases.First(), DType.F16)!;
        IKernel kernel = KernelHarness.KernelsFor(gpu, loss.Case).Single();
        Console.WriteLine($"{kernel.Name} {loss.Check(KernelCheck.Expected(reference, loss.Exact), KernelCheck.Compute(gpu, kernel, loss.Case)) ?? "passed"}");
    }

    OpCase labels = ResampledArgMaxCases.Tiny;
    double error = KernelCheck.MaxError(KernelCheck.Expected(reference, labels), KernelCheck.Compute(gpu, KernelHarness.KernelsFor(gpu, labels).Single(), labels));
    Console.WriteLine($"{labels.Op.Name} {(error <= labels.Tolerance ? "passed" : $"error {error}")}");
    return;
}

// With the argument "profile" it runs a tiny network twice, rewritten and as recorded, and prints what each plan's profile says: one JSON line a step.
if (args is ["profile"])
{
    StuNetConfig config = new(inputChannels: 1, classes: 16, dims: [16, 32], depth: [1, 1], strides: [new(2, 2, 2)]);
    Int3 patch = new(4, 4, 4);
    using CpuDevice cpu = new(1);
    using CompiledModel model = new(cpu, new SeededParameters(config, "profile"));
    foreach (IReadOnlyList<Rewrite> rewrites in (IReadOnlyList<Rewrite>[])[Rewrite.All, []])
    {
        using Plan plan = model.CreatePlan(StuNet.RecordWindow(config, patch), new PlanOptions { Profile = true, Rewrites = rewrites });
        plan.Write(cpu, "importance", OpCase.Uniform(patch.Product, "importance"));
        RunArguments arguments = new() { Source = cpu.Bind(1, patch), Accumulator = cpu.Bind(32, patch), Weight = 1 };
        plan.Run(arguments).Wait();
        foreach (StepProfile step in plan.Profile)
            Console.WriteLine(JsonSerializer.Serialize(new { op = step.Step.Problem.Split(' ')[0], kernel = step.Step.Kernel }));
        arguments.Source.Memory.Dispose();
        arguments.Accumulator.Memory.Dispose();
    }

    return;
}

// With "train FOLDER" it trains a tiny network to the end, or goes on with what the folder holds. It says when it begins, and after every epoch, so that a test can kill it.
if (args is ["train", string trainingFolder])
{
    TinyTraining.Run(trainingFolder, TinyTraining.Settings, report: epoch =>
    {
        Console.WriteLine(epoch);
        Console.Out.Flush();
    });
    return;
}

// With "cases FILE" every case of every op, every kernel this process can run, against the results of the references in the file: one JSON line each, the preferred kernel first.
if (args is not ["cases", string expectedFile])
    throw new ArgumentException("open NAME, tensor, profile, train FOLDER or cases FILE");
using CpuDevice device = new();
foreach ((OpCase opCase, float[] expected) in ReferenceResults.Load(expectedFile))
{
    bool preferred = true;
    IKernel[] kernels = [.. KernelHarness.KernelsFor(device, opCase)];
    // The reference only where there is no other.
    foreach (IKernel kernel in kernels.Take(Math.Max(1, kernels.Length - 1)))
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
            tolerance = opCase.ToleranceOf(kernel),
            simd = device.Caps.Simd.ToString(),
        }));
        preferred = false;
    }
}
