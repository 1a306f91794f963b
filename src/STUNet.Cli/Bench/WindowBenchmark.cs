using System.Runtime.InteropServices;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Model;

namespace STUNet.Cli;

/// <summary>One window of a network, ready to be timed: plan, input volume and accumulator.</summary>
internal sealed class WindowBenchmark : PlanBenchmark
{
    private readonly CompiledModel _model;
    private readonly Plan _plan;
    private readonly RunArguments _arguments;

    /// <summary>Plans the window.</summary>
    public WindowBenchmark(NetworkSource source, Int3 patch, Device device, PlanOptions options, Precision precision = Precision.F32)
    {
        _model = new CompiledModel(device, source.Parameters);
        _plan = _model.CreatePlan(StuNet.RecordWindow(source.Architecture, patch, activations: precision.Activations()), options.For(precision));
        _arguments = new RunArguments
        {
            Weight = 1,
            Source = Bind(device, source.Architecture.InputChannels, patch),
            Accumulator = Bind(device, source.Architecture.Classes + 1, patch),
        };
        float[] image = DrawImage(CreateRandom(), _arguments.Source.ByteLength / sizeof(float));
        device.Upload(MemoryMarshal.AsBytes<float>(image), _arguments.Source.Memory, 0);
        device.Fill(_arguments.Accumulator.Memory, 0, _arguments.Accumulator.ByteLength, 0);
        TensorView importance = _plan.View("importance");
        float[] ones = new float[importance.Desc.ByteLength / sizeof(float)];
        ones.AsSpan().Fill(1);
        device.Upload(MemoryMarshal.AsBytes<float>(ones), importance.Memory, importance.ByteOffset);
    }

    /// <inheritdoc/>
    public override PlanReport Report => _plan.Report;

    /// <inheritdoc/>
    public override string Clock => _plan.ProfileClock;

    /// <inheritdoc/>
    public override void Dispose()
    {
        _plan.Dispose();
        _model.Dispose();
        _arguments.Source.Memory.Dispose();
        _arguments.Accumulator.Memory.Dispose();
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<StepProfile> RunOnce()
    {
        _plan.Run(_arguments).Wait();
        return _plan.Profile;
    }

    private static VolumeBinding Bind(Device device, int channels, Int3 size) =>
        new(device.Allocate(channels * size.Product * sizeof(float)), 0, channels, size);
}
