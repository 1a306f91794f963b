using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Which of the devices found is meant.</summary>
public static class GpuSelection
{
    /// <summary>The device that was asked for by API and perhaps index; never another one.</summary>
    /// <param name="list">The API's devices.</param>
    /// <param name="index">Its index; null for the first that can be used, where a GPU comes before a processor.</param>
    /// <exception cref="InsufficientResourcesException">There is none, none of that index, or the kernels cannot run on it.</exception>
    public static GpuDeviceInfo Require(GpuDeviceList list, int? index)
    {
        if (list.Devices.Count == 0)
            throw new InsufficientResourcesException($"Device '{list.Api}' cannot be used: {list.Absence}, or use --device cpu.");
        GpuDeviceInfo? chosen = index is { } wanted
            ? list.Devices.FirstOrDefault(device => device.Index == wanted)
            : list.Devices.OrderBy(device => device.Problem is not null).ThenBy(device => !device.IsGpu).First();
        if (chosen is null)
        {
            string present = string.Join(" and ", list.Devices.Select(device => $"{device.Id} ({device.Name})"));
            throw new InsufficientResourcesException($"Device '{list.Api}:{index}' does not exist; there {(list.Devices.Count == 1 ? "is" : "are")} {present}.");
        }

        return chosen.Problem is { } problem
            ? throw new InsufficientResourcesException($"Device '{chosen.Id}' ({chosen.Name}) cannot be used: {problem}; use another device, or --device cpu.")
            : chosen;
    }

    /// <summary>The devices that may be taken without being asked for, best first: GPUs only, since the CPU's own kernels are faster than OpenCL on it.</summary>
    /// <param name="lists">The devices of all APIs, the preferred API first.</param>
    /// <param name="refused">Told why anything else is not taken.</param>
    public static IReadOnlyList<GpuDeviceInfo> Candidates(IEnumerable<GpuDeviceList> lists, Action<string> refused)
    {
        List<GpuDeviceInfo> candidates = [];
        foreach (GpuDeviceList list in lists)
        {
            if (list.Devices.Count == 0)
                refused($"{list.Api}: {list.Absence}");
            foreach (GpuDeviceInfo device in list.Devices)
            {
                if (device.Problem is { } problem)
                    refused($"{device.Id} ({device.Name}): {problem}");
                else if (!device.IsGpu)
                    refused($"{device.Id} ({device.Name}): it is no GPU");
                else
                    candidates.Add(device);
            }
        }

        return candidates;
    }
}
