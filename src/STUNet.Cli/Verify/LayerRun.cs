using System.Collections.Immutable;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Model;

namespace STUNet.Cli;

/// <summary>One input through a network with every layer kept.</summary>
internal sealed class LayerRun : IDisposable
{
    private const string Input = "input";
    private readonly Device _device;
    private readonly Plan _plan;
    private readonly ImmutableArray<string> _heads;

    /// <summary>Plans the network for an input size.</summary>
    /// <param name="model">Its parameters on the device.</param>
    /// <param name="config">The architecture.</param>
    /// <param name="shape">Shape of the input, NCDHW.</param>
    /// <param name="plan">How to plan, keeping all values. Without rewrites every recorded layer exists; with them, fused layers do not.</param>
    public LayerRun(CompiledModel model, StuNetConfig config, Shape shape, PlanOptions plan)
    {
        _device = model.Device;
        Tape tape = new();
        ImmutableArray<Value> heads = StuNet.Forward(tape, config, tape.Input(Input, new TensorDesc(shape)));
        // A head is an output of the tape, so that the lower ones, which nothing reads, are computed as well.
        foreach (Value head in heads)
            tape.Output(head.Name, head);
        _heads = [.. heads.Select(head => head.Name)];
        _plan = model.CreatePlan(tape, plan);
    }

    /// <summary>Labels of the layers that exist, in the order they are computed.</summary>
    public IEnumerable<string> Layers => _plan.Report.Steps.Select(step => step.Label).Distinct();

    /// <summary>Label of the head at the resolution of a stage, 0 for full resolution.</summary>
    public string Head(int stage) => _heads[stage];

    /// <summary>Number of heads.</summary>
    public int HeadCount => _heads.Length;

    /// <summary>Shape of a layer, NCDHW.</summary>
    public ImmutableArray<int> ShapeOf(string label)
    {
        Shape shape = _plan.View(label).Desc.Shape;
        return [shape.N, shape.C, shape.D, shape.H, shape.W];
    }

    /// <summary>Runs the network.</summary>
    /// <param name="input">NCDHW.</param>
    public void Run(ReadOnlySpan<float> input)
    {
        DenseTensor.Write(_plan, _device, Input, input);
        _plan.Run().Wait();
    }

    /// <summary>A layer's values after a run, NCDHW.</summary>
    public float[] Read(string label) => DenseTensor.Read(_plan, _device, label);

    /// <summary>Releases the plan.</summary>
    public void Dispose() => _plan.Dispose();
}
