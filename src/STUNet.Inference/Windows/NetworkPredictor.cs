using System.Runtime.InteropServices;
using STUNet.Core;
using STUNet.Engine;

namespace STUNet.Inference;

/// <summary>A fold whose network runs as a plan on the device.</summary>
internal sealed class NetworkPredictor : WindowPredictor
{
    private readonly CompiledModel _model;
    private readonly Plan _plan;
    private readonly Device _device;

    /// <summary>Packs the weights and allocates the plan's memory.</summary>
    /// <param name="device">The device.</param>
    /// <param name="tape">The recorded window, see <see cref="Model.StuNet.RecordWindow"/>.</param>
    /// <param name="parameters">The fold's weights.</param>
    /// <param name="options">How to plan.</param>
    public NetworkPredictor(Device device, Tape tape, IParameterSource parameters, PlanOptions options)
    {
        _device = device;
        _model = new CompiledModel(device, parameters);
        try
        {
            _plan = _model.CreatePlan(tape, options);
        }
        catch
        {
            _model.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override void SetImportance(ReadOnlySpan<float> importance)
    {
        TensorView view = _plan.View("importance");
        _device.Upload(MemoryMarshal.AsBytes(importance), view.Memory, view.ByteOffset);
    }

    /// <inheritdoc/>
    public override void Accumulate(in RunArguments arguments) => _plan.Run(arguments);

    /// <inheritdoc/>
    public override void Dispose()
    {
        _plan.Dispose();
        _model.Dispose();
    }
}
