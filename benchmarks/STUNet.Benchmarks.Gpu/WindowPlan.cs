using System.Runtime.InteropServices;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.TestKit.Ops;

namespace STUNet.Benchmarks.Gpu;

/// <summary>One sliding window of a published network on random values: load, network, softmax, accumulation. Batch 1.</summary>
internal sealed class WindowPlan : IDisposable
{
    private readonly CompiledModel _model;
    private readonly Plan _plan;
    private readonly RunArguments _arguments;

    public WindowPlan(Device device, PartOptions options, Arithmetic arithmetic, bool isProfiled)
    {
        StuNetConfig config = options.Network;
        _model = new CompiledModel(device, new SeededParameters(config, "gpu"));
        try
        {
            _plan = _model.CreatePlan(StuNet.RecordWindow(config, options.Patch, activations: arithmetic.Activations), arithmetic.Options with { Profile = isProfiled });
        }
        catch
        {
            _model.Dispose();
            throw;
        }

        float[] image = OpCase.Uniform(config.InputChannels * options.Patch.Product, "image");
        _arguments = new RunArguments
        {
            Weight = 1,
            Source = device.Bind(config.InputChannels, options.Patch, image),
            Accumulator = device.Bind(config.Classes + 1, options.Patch),
        };
        float[] ones = new float[options.Patch.Product];
        ones.AsSpan().Fill(1);
        TensorView importance = _plan.View("importance");
        device.Upload(MemoryMarshal.AsBytes<float>(ones), importance.Memory, importance.ByteOffset);
    }

    public PlanReport Report => _plan.Report;

    public IReadOnlyList<StepProfile> Profile => _plan.Profile;

    /// <summary>How the steps are run: launched, or replayed as graphs.</summary>
    public string RunDescription => _plan.RunDescription;

    public string Clock => _plan.ProfileClock;

    /// <summary>Enqueues one window.</summary>
    public void Enqueue() => _plan.Run(_arguments);

    public void Dispose()
    {
        _plan.Dispose();
        _model.Dispose();
        _arguments.Source.Memory.Dispose();
        _arguments.Accumulator.Memory.Dispose();
    }
}
