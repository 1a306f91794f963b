using STUNet.Core;

namespace STUNet.Engine;

/// <summary>Turns the decisions of a layout into bound steps.</summary>
internal sealed class Binder(
    CompiledModel model, PlanLayout layout, DeviceMemory arena, IReadOnlyDictionary<Value, TensorView> inputs, List<Step> packingSteps)
{
    private readonly Dictionary<(Value, string), TensorView> _packedVariables = [];

    public Step Bind(PlannedStep step)
    {
        TensorView[] operands = new TensorView[step.Operands.Length];
        for (int i = 0; i < step.Packings.Length; i++)
            operands[i] = Operand(step.Node.Inputs[i], step.Packings[i]);
        if (step.Node.SideOutput is { } side)
            operands[^2] = Intermediate(side);
        operands[^1] = Intermediate(step.Node.Output);
        MemorySpan workspace = new(arena, layout.OffsetOf(step), step.WorkspaceBytes);
        return step.Kernel.Bind(step.Node.Op, operands, workspace, model.Device);
    }

    public TensorView Intermediate(Value value) => new(arena, layout.OffsetOf(value), model.Device.Padded(value.Desc));

    private TensorView Operand(Value value, Packing? packing) => value.Kind switch
    {
        ValueKind.Input => inputs[value],
        ValueKind.Constant => model.Resident(value, packing),
        ValueKind.Variable => packing is null ? model.Resident(value, null) : PackedVariable(value, packing),
        _ => Intermediate(value),
    };

    private TensorView PackedVariable(Value value, Packing packing)
    {
        if (!_packedVariables.TryGetValue((value, packing.Key), out TensorView packed))
        {
            packed = new TensorView(arena, layout.OffsetOf((value, packing.Key)), value.Desc);
            packingSteps.Add(packing.Bind(model.Resident(value, null), packed, model.Device));
            _packedVariables.Add((value, packing.Key), packed);
        }

        return packed;
    }
}
