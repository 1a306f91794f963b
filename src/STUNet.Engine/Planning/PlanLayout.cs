using STUNet.Core;

namespace STUNet.Engine;

/// <summary>
/// All decisions of a plan, without memory: rewrites applied, a kernel per op, an offset per value. Intermediates, scratch and the packed forms of
/// what is not constant share one arena.
/// </summary>
internal sealed class PlanLayout
{
    private readonly Dictionary<object, int> _blockOf = [];
    private readonly List<MemoryBlock> _blocks = [];
    private readonly long[] _offsets;

    public PlanLayout(Tape tape, Device device, PlanOptions options)
    {
        Graph graph = new(tape);
        RecomputedValues.Apply(graph, options.Recompute);
        KernelChoice choice = new(device, options);
        foreach (Rewrite rewrite in options.Rewrites)
            rewrite.Apply(graph, choice);
        graph.RemoveUnread();
        Steps = [.. graph.Nodes.Select(node => Choose(node, choice))];
        Inputs = [.. Steps.SelectMany(step => step.Node.Inputs).Where(value => value.Kind == ValueKind.Input).Distinct()];
        AddBlocks(tape, device, options);
        (_offsets, ArenaBytes) = MemoryPlanner.Plan(_blocks, options.Canaries ? Canaries.ByteLength : 0);
        Report = new PlanReport([.. Steps.Select(step => step.Report)], ArenaBytes, Inputs.Sum(value => value.Desc.ByteLength), ParameterBytes(ValueKind.Constant), ParameterBytes(ValueKind.Variable));
    }

    public IReadOnlyList<PlannedStep> Steps { get; }

    public IReadOnlyList<Value> Inputs { get; }

    public long ArenaBytes { get; }

    public PlanReport Report { get; }

    /// <summary>The parameters that steps read, each in the form that they read it in.</summary>
    public IEnumerable<(Value Value, Packing? Packing)> Parameters => Steps
        .SelectMany(step => step.Node.Inputs.Select((value, index) => (Value: value, Packing: value.Kind == ValueKind.Constant ? step.Packings[index] : null)))
        .Where(use => use.Value.Kind is ValueKind.Constant or ValueKind.Variable)
        .DistinctBy(use => (use.Value, use.Packing?.Key));

    /// <summary>Every block with its end in the arena.</summary>
    public IEnumerable<(MemoryBlock Block, long End)> Blocks => _blocks.Select((block, index) => (block, _offsets[index] + block.ByteLength));

    /// <summary>The arena offset of an intermediate value, of a packed input of a step, or of a step's scratch.</summary>
    /// <param name="key">The value, the (step, input) pair, or the step.</param>
    public long OffsetOf(object key) => _offsets[_blockOf[key]];

    private static PlannedStep Choose(OpNode node, KernelChoice choice)
    {
        (Device device, PlanOptions options) = choice;
        TensorDesc[] operands = choice.OperandsOf(node);
        if (node.SideOutput is null != node.Op.InferSideOutput(node.InputDescs) is null)
            throw new InvalidOperationException($"{node.Output.Name}: a rewrite lost or invented a side output.");
        IReadOnlyList<(IKernel Kernel, double Cost)> candidates = choice.CandidatesFor(node, operands);
        IKernel kernel = candidates.Select(candidate => candidate.Kernel).FirstOrDefault(candidate => options.PreferredKernels?.Invoke(candidate) ?? true)
            ?? candidates.FirstOrDefault().Kernel
            ?? throw new InvalidRequestException(
                $"{device.Caps.Name} has no kernel for {node.Op.Problem(operands.AsSpan(0, node.Inputs.Count), operands[^1])} ({node.Output.Name}); choose another device.");
        kernel = device.Tuned(
            kernel, [.. candidates.Select(candidate => candidate.Kernel).Where(candidate => options.PreferredKernels?.Invoke(candidate) ?? true)],
            node.Op, operands, node.Op.Problem(operands.AsSpan(0, node.Inputs.Count), operands[^1]));
        Packing?[] packings = [.. node.Inputs.Select((value, index) =>
            value.Kind == ValueKind.Input ? null : kernel.PackingOf(node.Op, operands, index))];
        return new PlannedStep(node, kernel, operands, kernel.WorkspaceBytes(node.Op, operands, device), packings,
            [.. candidates.Select(candidate => new KernelCandidate(candidate.Kernel.Name, candidate.Cost))]);
    }

    private void AddBlocks(Tape tape, Device device, PlanOptions options)
    {
        HashSet<Value> kept = [.. tape.Outputs.Values];
        int last = Steps.Count - 1;
        for (int step = 0; step < Steps.Count; step++)
        {
            PlannedStep planned = Steps[step];
            foreach (Value made in planned.Node.Made)
            {
                bool keep = options.KeepAll || kept.Contains(made);
                int lastReader = keep ? last : LastReaderOf(made, step);
                if (made == planned.Node.Output && InPlaceInput(planned, step, kept, options) is { } input)
                    Extend(made, input, lastReader);
                else
                    Add(made, device.Padded(made.Desc).ByteLength, options.KeepAll ? 0 : step, lastReader);
            }

            Add(planned, planned.WorkspaceBytes, step, step);
            for (int input = 0; input < planned.Packings.Length; input++)
            {
                // What is not constant is packed for one step, right before it: packed forms take several times the memory of weights.
                if (planned.Packings[input] is { } packing && planned.Node.Inputs[input].Kind != ValueKind.Constant)
                    Add((planned, input), packing.ByteLength, step, step);
            }
        }
    }

    // The input whose block the output takes over: of the same description, and read by nobody later.
    private Value? InPlaceInput(PlannedStep planned, int step, HashSet<Value> kept, PlanOptions options)
    {
        if (options.KeepAll || planned.Kernel.InPlaceInput is not (>= 0 and int index))
            return null;
        Value input = planned.Node.Inputs[index];
        bool isFree = input.Kind == ValueKind.Intermediate && !kept.Contains(input) && input.Desc == planned.Node.Output.Desc
            && planned.Node.Inputs.Count(other => other == input) == 1 && _blocks[_blockOf[input]].LastStep == step;
        return isFree ? input : null;
    }

    private void Extend(Value value, Value predecessor, int lastStep)
    {
        int block = _blockOf[predecessor];
        _blockOf.Add(value, block);
        _blocks[block] = _blocks[block] with { LastStep = lastStep };
    }

    private void Add(object key, long byteLength, int firstStep, int lastStep)
    {
        _blockOf.Add(key, _blocks.Count);
        _blocks.Add(new MemoryBlock(byteLength, firstStep, lastStep));
    }

    private int LastReaderOf(Value value, int producer)
    {
        for (int step = Steps.Count - 1; step > producer; step--)
        {
            if (Steps[step].Node.Inputs.Contains(value))
                return step;
        }

        return producer;
    }

    private long ParameterBytes(ValueKind kind) => Parameters
        .Where(use => use.Value.Kind == kind)
        .Sum(use => use.Packing?.ByteLength ?? use.Value.Desc.ByteLength);
}
