using STUNet.Core;
using STUNet.Engine;
using STUNet.Model;

namespace STUNet.Cli;

/// <summary>Memory of one window plan, from the engine's own report: nothing is allocated.</summary>
internal static class NetworkMemory
{
    /// <summary>What planning a sliding window of this size would take.</summary>
    /// <param name="config">The architecture.</param>
    /// <param name="patch">Patch (z, y, x).</param>
    /// <param name="device">The device to plan for.</param>
    public static PlanReport Measure(StuNetConfig config, Int3 patch, Device device)
    {
        using CompiledModel model = new(device, new InitialParameters(config, InitialisationScheme.V1, 0));
        return model.Measure(StuNet.RecordWindow(config, patch));
    }
}
