using System.Runtime.InteropServices;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Kernels;
using STUNet.Model;

namespace STUNet.Benchmarks.Engines;

/// <summary>
/// This repository's plan of a whole network: the image is copied in, the full-resolution logits end as NCDHW in the plan's own memory. The head and
/// the change of layout are recorded as two ops, so that a rewrite may fuse them.
/// </summary>
internal sealed unsafe class PatchEngine : IEngine
{
    private const string ImageName = "image";
    private const string LogitsName = "logits";
    private CpuDevice? _device;
    private CompiledModel? _model;
    private Plan? _plan;
    private float[] _image = [];

    public string Version => $"STUNet.Native, {_device!.Caps.Name}";

    public ReadOnlySpan<float> Output
    {
        get
        {
            TensorView logits = _plan!.View(LogitsName);
            return new ReadOnlySpan<float>(((CpuMemory)logits.Memory).Pointer + logits.ByteOffset, checked((int)logits.Desc.Shape.Count));
        }
    }

    public EngineReply Prepare(EngineJob job)
    {
        Dispose();
        _device = new CpuDevice(job.Threads);
        _model = new CompiledModel(_device, job.Weights());
        _plan = _model.CreatePlan(Record(job));
        _image = job.Image();
        return new EngineReply { Flops = _plan.Report.Work.Flops };
    }

    public void Run()
    {
        // One channel: NDHWC and NCDHW are the same order.
        TensorView input = _plan!.View(ImageName);
        _device!.Upload(MemoryMarshal.AsBytes<float>(_image), input.Memory, input.ByteOffset);
        _plan.Run().Wait();
    }

    public double? MeasurePeak() => FmaPeak.Measure(_device!).Wall;

    public void Dispose()
    {
        _plan?.Dispose();
        _model?.Dispose();
        _device?.Dispose();
    }

    /// <summary>What the plan would do and need; runs nothing.</summary>
    public static PlanReport Measure(EngineJob job)
    {
        using CpuDevice device = new(1);
        using CompiledModel unloaded = new(device, job.Weights());
        return unloaded.Measure(Record(job));
    }

    private static Tape Record(EngineJob job)
    {
        Tape tape = new();
        Value image = tape.Input(ImageName, new TensorDesc(new Shape(1, 1, job.Patch)));
        Value logits = StuNet.Forward(tape, job.Network(), image)[0];
        tape.Output(LogitsName, tape.Apply(new RelayoutOp(Layout.NCDHW), "logits_ncdhw", logits));
        return tape;
    }
}
