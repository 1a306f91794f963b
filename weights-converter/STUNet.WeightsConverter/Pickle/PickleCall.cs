namespace STUNet.WeightsConverter;

/// <summary>A name of a Python module to write into a pickle, such as <c>numpy ndarray</c>.</summary>
internal sealed record PickleName(string Module, string Name);

/// <summary>A call to write into a pickle: its result, the state it is given, and the entries that are then set in it.</summary>
/// <param name="Function">What is called.</param>
/// <param name="Arguments">With what.</param>
/// <param name="State">What BUILD gives the result; null for nothing.</param>
/// <param name="Entries">Entries of a dict made by the call; null for none.</param>
internal sealed record PickleCall(PickleName Function, PickleTuple Arguments, object? State = null, PickleDict? Entries = null)
{
    private static readonly PickleName OrderedDictName = new("collections", "OrderedDict");

    /// <summary>An OrderedDict.</summary>
    public static PickleCall OrderedDict(PickleDict? entries = null) => new(OrderedDictName, PickleTuple.Empty, Entries: entries);
}

/// <summary>A storage to refer to by its persistent id.</summary>
internal sealed record PickleStorage(PickleTuple Id);
