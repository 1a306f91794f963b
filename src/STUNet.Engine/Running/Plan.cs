using STUNet.Core;

namespace STUNet.Engine;

/// <summary>
/// A recording bound to memory on one device. <see cref="Run"/> replays its steps and allocates nothing; it may be called thousands of times, by one
/// thread at a time.
/// </summary>
public sealed class Plan : IDisposable
{
    private readonly PlanOptions _options;
    private readonly Device _device;
    private readonly SharedArena _arena;
    private readonly Dictionary<Value, TensorView> _inputs = [];
    private readonly Dictionary<string, TensorView> _views = [];
    private readonly Step[] _steps;
    private readonly double[] _milliseconds;
    private readonly StepTimer? _timer;
    private readonly StepRunner _runner;
    private readonly Canaries? _canaries;
    private readonly RunContext _context = new();
    private bool _isDisposed;
    private bool _hasRun;

    internal Plan(CompiledModel model, Tape tape, PlanLayout layout, PlanOptions options, SharedArena arena)
    {
        _options = options;
        _device = model.Device;
        Report = layout.Report;
        _arena = arena.Share();
        Binder binder = new(model, layout, _arena.Memory, _inputs);
        try
        {
            foreach (Value input in layout.Inputs)
            {
                TensorDesc desc = _device.Padded(input.Desc);
                _inputs.Add(input, new TensorView(_device.Allocate(desc.ByteLength), 0, desc));
                _views.Add(input.Name, _inputs[input]);
            }

            _steps = new Step[layout.Steps.Count];
            for (int i = 0; i < _steps.Length; i++)
            {
                _steps[i] = binder.Bind(layout.Steps[i]);
                _device.Binding?.Report(new BindingProgress(i + 1, _steps.Length));
            }

            _runner = options.Replay ? _device.CreateRunner(_steps) : new StepRunner(_steps);
            _timer = options.Profile ? _device.CreateStepTimer(_steps.Length) : null;
        }
        catch
        {
            Dispose();
            throw;
        }

        _milliseconds = new double[_steps.Length];
        foreach ((string name, Value value) in tape.Outputs)
            _views.TryAdd(name, binder.Intermediate(value));
        if (options.KeepAll)
        {
            foreach (Value made in layout.Steps.SelectMany(step => step.Node.Made))
                _views.TryAdd(made.Name, binder.Intermediate(made));
        }

        _canaries = options.Canaries ? new Canaries(layout, _device, _arena.Memory) : null;
    }

    /// <summary>What the plan does and what memory it takes.</summary>
    public PlanReport Report { get; }

    /// <summary>Time of every step in the latest run; empty before the first, and unless the plan was made with <see cref="PlanOptions.Profile"/>.</summary>
    public IReadOnlyList<StepProfile> Profile => _options.Profile && _hasRun
        ? [.. Report.Steps.Select((step, index) => new StepProfile(step, _milliseconds[index]))]
        : [];

    /// <summary>What measured the <see cref="Profile"/>, such as <c>host clock</c>; empty without one.</summary>
    public string ProfileClock => _timer?.Clock ?? "";

    /// <summary>How the device runs the steps, such as <c>2 launches and 1 graph of 98 steps</c>, or why it does not replay them; empty where there is nothing to tell.</summary>
    public string RunDescription => _timer is null && _canaries is null ? _runner.Description : "launched one by one, to be watched";

    /// <summary>Names of the values that can be read or written by <see cref="View"/>.</summary>
    public IReadOnlyCollection<string> Names => _views.Keys;

    /// <summary>An input to fill, an output to read, or with <see cref="PlanOptions.KeepAll"/> any value by its label.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="KeyNotFoundException">The plan keeps no such value.</exception>
    public TensorView View(string name) => _views.TryGetValue(name, out TensorView view)
        ? view
        : throw new KeyNotFoundException($"The plan keeps no value '{name}'; mark it as an output of the tape, or plan with KeepAll.");

    /// <summary>Runs the plan: enqueues its steps on the device's queue, or on the CPU computes before returning.</summary>
    /// <param name="arguments">The arguments of this run; what they bind must stay alive until it completes.</param>
    /// <returns>Its completion.</returns>
    public RunCompletion Run(in RunArguments arguments = default)
    {
        _context.Arguments = arguments;
        if (_options.PoisonWithNaN)
            _device.Fill(_arena.Memory, 0, _arena.Memory.ByteLength, 255);
        _canaries?.Arm(0);
        if (_timer is not null || _canaries is not null)
            RunWatched();
        else
            _runner.Run(_context);
        return new RunCompletion(_device);
    }

    /// <summary>Releases the inputs, and the arena unless other plans share it.</summary>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        _device.Synchronize();
        _timer?.Dispose();
        _runner?.Dispose();
        _arena.Dispose();
        foreach (TensorView input in _inputs.Values)
            input.Memory.Dispose();
    }

    private void RunWatched()
    {
        for (int i = 0; i < _steps.Length; i++)
        {
            if (i > 0)
                _canaries?.Arm(i);
            _timer?.Start(i);
            _steps[i].Run(_context);
            _timer?.Stop(i);
            _canaries?.Check(i);
        }

        _timer?.Read(_milliseconds);
        _hasRun = true;
    }
}
