using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Times one kernel at one problem on memory of its own.</summary>
internal static class GpuTileClock
{
    private const int Runs = 10;

    // As binary16 1.06, as bfloat16 and float32 0.011: ordinary numbers, as zeros and denormals would be another computation.
    private const byte Pattern = 0x3C;

    /// <summary>The least of ten runs, after one to warm up.</summary>
    /// <exception cref="InsufficientResourcesException">The device has not the memory for it.</exception>
    public static double Milliseconds(GpuDevice device, IKernel kernel, Op op, TensorDesc[] operands)
    {
        List<DeviceMemory> memory = [];
        try
        {
            TensorView[] views = [.. operands.Select((desc, operand) =>
                new TensorView(Allocate(kernel.PackingOf(op, operands, operand)?.ByteLength ?? desc.ByteLength), 0, desc))];
            long scratch = kernel.WorkspaceBytes(op, operands, device);
            Step step = kernel.Bind(op, views, new MemorySpan(Allocate(scratch), 0, scratch), device);
            RunContext context = new();
            step.Run(context);
            using StepTimer timer = device.CreateStepTimer(Runs);
            for (int run = 0; run < Runs; run++)
            {
                timer.Start(run);
                step.Run(context);
                timer.Stop(run);
            }

            double[] milliseconds = new double[Runs];
            timer.Read(milliseconds);
            return milliseconds.Min();
        }
        finally
        {
            device.Synchronize();
            memory.ForEach(block => block.Dispose());
        }

        DeviceMemory Allocate(long byteLength)
        {
            DeviceMemory block = device.Allocate(byteLength);
            memory.Add(block);
            device.Fill(block, 0, byteLength, Pattern);
            return block;
        }
    }
}
