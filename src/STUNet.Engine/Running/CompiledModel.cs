using STUNet.Core;

namespace STUNet.Engine;

/// <summary>
/// The parameters of a network on one device, packed for the kernels that read them. Any number of plans (patch shapes, threads) share one copy.
/// Thread-safe.
/// </summary>
public sealed unsafe class CompiledModel : IDisposable
{
    private readonly IParameterSource _parameters;
    private readonly Dictionary<(string Name, string PackingKey), TensorView> _resident = [];
    private readonly Lock _lock = new();

    /// <summary>Creates an empty model; parameters are read when a plan first needs them.</summary>
    /// <param name="device">The device; must outlive the model.</param>
    /// <param name="parameters">Where parameters come from.</param>
    public CompiledModel(Device device, IParameterSource parameters)
    {
        Device = device;
        _parameters = parameters;
    }

    /// <summary>The device.</summary>
    public Device Device { get; }

    /// <summary>Bytes of parameters resident on the device.</summary>
    public long ResidentBytes
    {
        get
        {
            lock (_lock)
                return _resident.Values.Sum(view => view.Memory.ByteLength);
        }
    }

    /// <summary>What a plan would do and need; allocates nothing on the device.</summary>
    /// <param name="tape">The recording.</param>
    /// <param name="options">How to plan it.</param>
    public PlanReport Measure(Tape tape, PlanOptions? options = null) => PlanReport.Of(tape, Device, options ?? new());

    /// <summary>Plans a recording: chooses kernels, packs parameters not yet resident, allocates the arena and binds every step.</summary>
    /// <param name="tape">The recording.</param>
    /// <param name="options">How to plan it.</param>
    /// <returns>A plan of its own arena; not thread-safe, but several plans of one model may run at the same time.</returns>
    /// <exception cref="InsufficientResourcesException">The device has not the memory that the plan needs; nothing was allocated.</exception>
    public Plan CreatePlan(Tape tape, PlanOptions? options = null) => CreatePlans((tape, options ?? new()))[0];

    /// <summary>Plans recordings that never run at the same time: their plans share one arena, of the size of the largest.</summary>
    /// <param name="recordings">The recordings and how to plan each.</param>
    /// <returns>A plan per recording. A run of one overwrites the outputs of the others.</returns>
    /// <exception cref="InsufficientResourcesException">The device has not the memory that all of them need; nothing is left allocated for them.</exception>
    public IReadOnlyList<Plan> CreatePlans(params IReadOnlyList<(Tape Tape, PlanOptions Options)> recordings)
    {
        PlanLayout[] layouts = [.. recordings.Select(recording => new PlanLayout(recording.Tape, Device, recording.Options))];
        MemoryNeed need = new(layouts.Max(layout => layout.ArenaBytes), layouts.Sum(layout => layout.Report.InputBytes), BytesToLoad(layouts));
        need.RequireFrom(Device);
        List<Plan> plans = [];
        try
        {
            using SharedArena arena = new(Device.Allocate(need.ArenaBytes));
            for (int i = 0; i < layouts.Length; i++)
                plans.Add(new Plan(this, recordings[i].Tape, layouts[i], recordings[i].Options, arena));
            return plans;
        }
        catch (Exception failure)
        {
            foreach (Plan plan in plans)
                plan.Dispose();
            if (failure is InsufficientResourcesException refused)
                throw need.Refused(refused);
            throw;
        }
    }

    /// <summary>Replaces the values of a parameter, which must be variable in every plan that reads it.</summary>
    /// <param name="parameter">The parameter.</param>
    /// <param name="values">Its values in C order.</param>
    public void Write(Value parameter, ReadOnlySpan<float> values)
    {
        if (parameter.Kind != ValueKind.Variable)
            throw new ArgumentException($"Parameter '{parameter.Name}' is constant: it was packed when the model was compiled.", nameof(parameter));
        TensorView view = Resident(parameter, packing: null);
        Device.Upload(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values), view.Memory, view.ByteOffset);
    }

    /// <summary>Reads the present values of a variable parameter, in C order.</summary>
    /// <param name="parameter">The parameter.</param>
    /// <param name="values">As many elements as are wanted.</param>
    /// <param name="start">Index of the first of them.</param>
    public void Read(Value parameter, Span<float> values, long start = 0)
    {
        TensorView view = Resident(parameter, packing: null);
        Device.Download(view.Memory, view.ByteOffset + (start * sizeof(float)), System.Runtime.InteropServices.MemoryMarshal.AsBytes(values));
    }

    /// <summary>Releases the parameters; the plans of this model must not run any more.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (TensorView view in _resident.Values)
                view.Memory.Dispose();
            _resident.Clear();
        }
    }

    /// <summary>A parameter on the device: as published, or packed once for good.</summary>
    internal TensorView Resident(Value parameter, Packing? packing)
    {
        lock (_lock)
        {
            (string, string) key = KeyOf((parameter, packing));
            if (!_resident.TryGetValue(key, out TensorView view))
            {
                TensorView raw = Load(parameter);
                view = packing is null ? raw : Pack(packing, raw);
                _resident.Add(key, view);
            }

            return view;
        }
    }

    // Of the parameters that plans read, those that are not on the device yet.
    private long BytesToLoad(IEnumerable<PlanLayout> layouts)
    {
        lock (_lock)
        {
            return layouts.SelectMany(layout => layout.Parameters).DistinctBy(KeyOf).Where(use => !_resident.ContainsKey(KeyOf(use)))
                .Sum(use => use.Packing?.ByteLength ?? use.Value.Desc.ByteLength);
        }
    }

    private static (string Name, string PackingKey) KeyOf((Value Value, Packing? Packing) use) => (use.Value.Name, use.Packing?.Key ?? "");

    private TensorView Load(Value parameter)
    {
        int count = checked((int)parameter.Desc.Shape.Count);
        TensorView view = new(Device.Allocate(parameter.Desc.ByteLength), 0, parameter.Desc);
        try
        {
            if (view.Memory is CpuMemory direct)
            {
                _parameters.Read(parameter.Name, new Span<float>(direct.Pointer, count));
                return view;
            }

            using CpuMemory staging = new(parameter.Desc.ByteLength);
            _parameters.Read(parameter.Name, new Span<float>(staging.Pointer, count));
            Device.Upload(new ReadOnlySpan<byte>(staging.Pointer, checked(count * sizeof(float))), view.Memory, 0);
            return view;
        }
        catch
        {
            view.Memory.Dispose();
            throw;
        }
    }

    private TensorView Pack(Packing packing, TensorView raw)
    {
        using DeviceMemory published = raw.Memory;
        TensorView packed = raw with { Memory = Device.Allocate(packing.ByteLength) };
        try
        {
            packing.Bind(raw, packed, Device).Run(new RunContext());
            Device.Synchronize();
            return packed;
        }
        catch
        {
            packed.Memory.Dispose();
            throw;
        }
    }
}
