using STUNet.Core;

namespace STUNet.Engine;

/// <summary>Turns the decisions of a layout into bound steps.</summary>
internal sealed class Binder(CompiledModel model, PlanLayout layout, DeviceMemory arena, IReadOnlyDictionary<Value, TensorView> inputs)
{
    public Step Bind(PlannedStep step)
    {
        TensorView[] operands = new TensorView[step.Operands.Length];
        List<Step> packings = [];
        for (int i = 0; i < step.Packings.Length; i++)
        {
            Value input = step.Node.Inputs[i];
            Packing? packing = step.Packings[i];
            operands[i] = input.Kind == ValueKind.Constant ? model.Resident(input, packing) : Unpacked(input);
            if (packing is null || input.Kind == ValueKind.Constant)
                continue;
            TensorView packed = operands[i] with { Memory = arena, ByteOffset = layout.OffsetOf((step, i)) };
            packings.Add(packing.Bind(operands[i], packed, model.Device));
            operands[i] = packed;
        }

        if (step.Node.SideOutput is { } side)
            operands[^2] = Intermediate(side);
        operands[^1] = Intermediate(step.Node.Output);
        MemorySpan workspace = new(arena, layout.OffsetOf(step), step.WorkspaceBytes);
        Step bound = step.Kernel.Bind(step.Node.Op, operands, workspace, model.Device);
        return packings.Count == 0 ? bound : new PackedStep([.. packings], bound);
    }

    public TensorView Intermediate(Value value) => new(arena, layout.OffsetOf(value), model.Device.Padded(value.Desc));

    private TensorView Unpacked(Value value) => value.Kind switch
    {
        ValueKind.Input => inputs[value],
        ValueKind.Variable => model.Resident(value, packing: null),
        _ => Intermediate(value),
    };
}
