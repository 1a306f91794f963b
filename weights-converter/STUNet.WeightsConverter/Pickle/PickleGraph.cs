namespace STUNet.WeightsConverter;

/// <summary>Looks over an unpickled object without recursion: refuses cycles, deep nesting, and sharing that would explode when walked as a tree.</summary>
internal static class PickleGraph
{
    public const int MaxDepth = 200;
    private const long MaxExpanded = 100_000_000;

    /// <summary>What is wrong with the object, or null.</summary>
    public static string? Check(object? root)
    {
        Dictionary<object, (int Depth, long Expanded)> done = new(ReferenceEqualityComparer.Instance);
        HashSet<object> open = new(ReferenceEqualityComparer.Instance);
        Stack<(object Node, int NextChild)> path = new();
        if (!IsContainer(root))
            return null;
        path.Push((root!, 0));
        open.Add(root!);
        while (path.Count > 0)
        {
            (object node, int next) = path.Pop();
            if (next < ChildCount(node))
            {
                path.Push((node, next + 1));
                object? child = Child(node, next);
                if (!IsContainer(child) || done.ContainsKey(child!))
                    continue;
                if (!open.Add(child!))
                    return "an object contains itself";
                if (path.Count >= MaxDepth)
                    return $"objects are nested deeper than {MaxDepth}";
                path.Push((child!, 0));
                continue;
            }

            int depth = 1;
            long expanded = 1;
            for (int i = 0; i < ChildCount(node); i++)
            {
                (int childDepth, long childExpanded) = Child(node, i) is { } child && done.TryGetValue(child, out (int, long) known) ? known : (0, 1);
                depth = Math.Max(depth, childDepth + 1);
                expanded = Math.Min(MaxExpanded + 1, expanded + childExpanded);
            }

            if (depth > MaxDepth)
                return $"objects are nested deeper than {MaxDepth}";
            if (expanded > MaxExpanded)
                return $"shared objects would expand to more than {MaxExpanded} values";
            open.Remove(node);
            done.Add(node, (depth, expanded));
        }

        return null;
    }

    private static bool IsContainer(object? value) => value is PickleDict or PickleList or PickleTuple or NumpyArray;

    private static int ChildCount(object node) => node switch
    {
        PickleDict dict => 2 * dict.Count,
        PickleList list => list.Items.Count,
        PickleTuple tuple => tuple.Count,
        NumpyArray array => array.Items.Length,
        _ => 0,
    };

    private static object? Child(object node, int index) => node switch
    {
        PickleDict dict => index % 2 == 0 ? dict.Pairs[index / 2].Key : dict.Pairs[index / 2].Value,
        PickleList list => list.Items[index],
        PickleTuple tuple => tuple[index],
        _ => ((NumpyArray)node).Items[index],
    };
}
