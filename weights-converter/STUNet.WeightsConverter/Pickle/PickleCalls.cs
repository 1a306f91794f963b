using System.Numerics;

namespace STUNet.WeightsConverter;

/// <summary>What calls (REDUCE, NEWOBJ) and states (BUILD) of the allowed globals mean. Work that a call multiplies is drawn from a budget.</summary>
internal sealed class PickleCalls(PickleInput input)
{
    private const int MaxRank = 16;

    // A pickle may make one value per byte; calls over memoised operands could make more from nothing, so they pay per element.
    private long _budget = 65536 + 2 * input.Remaining;

    public static string Describe(object? value) => value switch
    {
        null => "None",
        PickleGlobal global => global.Name,
        PickleDict => "a dict",
        PickleList => "a list",
        PickleTuple => "a tuple",
        NumpyArray => "an array",
        NumpyDType => "a dtype",
        TorchTensor => "a tensor",
        TorchStorage => "a storage",
        string => "a text",
        byte[] => "bytes",
        long or BigInteger => "an integer",
        double => "a number",
        bool => "a truth value",
        _ => value.GetType().Name,
    };

    public PickleGlobal Allow(string module, string name) =>
        PickleGlobal.Find(module, name) ?? throw input.Wrong($"global {Printable(module)}.{Printable(name)} is not on the allow-list; nothing was executed");

    public void SetItems(PickleDict dict, ReadOnlySpan<object?> pairs)
    {
        if (pairs.Length % 2 != 0)
            throw input.Wrong("a dict with a key but no value");
        for (int i = 0; i < pairs.Length; i += 2)
        {
            if (pairs[i] is PickleDict or PickleList or NumpyArray)
                throw input.Wrong($"{Describe(pairs[i])} as a key");
            dict.Set(pairs[i], pairs[i + 1]);
        }
    }

    public object? Call(PickleGlobal callee, PickleTuple arguments)
    {
        switch (callee.Kind)
        {
            case GlobalKind.OrderedDict or GlobalKind.Dict:
                return DictOf(arguments);
            case GlobalKind.Set or GlobalKind.List:
                PickleList list = new();
                list.Items.AddRange(Sequence(callee, arguments));
                return list;
            case GlobalKind.Tuple or GlobalKind.TorchSize:
                return new PickleTuple([.. Sequence(callee, arguments)]);
            case GlobalKind.RebuildTensor when arguments.Count >= 4:
                return RebuildTensor(arguments, (arguments[0] as TorchStorage)?.ElementType);
            case GlobalKind.RebuildTensorV3 when arguments.Count >= 7 && arguments[6] is PickleGlobal { Kind: GlobalKind.TorchDType } dtype:
                return RebuildTensor(arguments, dtype.ElementType);
            case GlobalKind.RebuildParameter when arguments is { Count: >= 1 } && arguments[0] is TorchTensor tensor:
                return tensor;
            case GlobalKind.TorchDevice when arguments is { Count: >= 1 } && arguments[0] is string device:
                return device;
            case GlobalKind.NumpyDType when arguments is { Count: >= 1 } && arguments[0] is string code:
                return NumpyDType.Parse(code) ?? throw input.Wrong($"numpy dtype {Printable(code)} is not supported");
            case GlobalKind.NumpyScalar when arguments is { Count: 2 } && arguments[0] is NumpyDType { Kind: not 'O' } dtype && arguments[1] is byte[] bytes:
                if (bytes.Length != dtype.ItemSize)
                    throw input.Wrong($"a numpy scalar of {bytes.Length} bytes where its dtype has {dtype.ItemSize}");
                Spend(bytes.Length);
                return dtype.Decode(bytes);
            case GlobalKind.NumpyReconstruct when arguments is { Count: 3 } && arguments[0] is PickleGlobal { Kind: GlobalKind.NumpyArray }:
                return new NumpyArray();
            case GlobalKind.Encode when arguments is { Count: 2 } && arguments[0] is string text && arguments[1] is "latin1" or "latin-1":
                return EncodeLatin1((string)arguments[0]!);
            case GlobalKind.ByteArray when arguments.Count == 0:
                return Array.Empty<byte>();
            case GlobalKind.ByteArray when arguments is { Count: 1 } && arguments[0] is byte[] content:
                return content;
            default:
                throw input.Wrong($"{callee.Name} cannot be called with these arguments");
        }
    }

    public void Build(object target, object? state)
    {
        switch (target)
        {
            // Module metadata of state dicts, and hooks: nothing a reader needs.
            case PickleDict when state is PickleDict or null:
            case PickleDict when state is PickleTuple { Count: 2 }:
                break;
            case NumpyDType dtype when state is PickleTuple { Count: >= 2 } tuple && tuple[1] is "<" or "|" or "=" or ">":
                dtype.BigEndian = ((PickleTuple)state)[1] is ">";
                break;
            case NumpyArray array when state is PickleTuple { Count: 5 } tuple:
                BuildArray(array, tuple);
                break;
            default:
                throw input.Wrong($"BUILD of {Describe(target)} with {Describe(state)} is refused");
        }
    }

    private static string Printable(string text) =>
        new([.. text.Take(200).Select(c => c is < ' ' or > '~' ? '?' : c)]);

    private void Spend(long amount)
    {
        _budget -= amount;
        if (_budget < 0)
            throw input.Wrong("calls multiply the content beyond any sensible size");
    }

    private PickleDict DictOf(PickleTuple arguments)
    {
        PickleDict dict = new();
        if (arguments.Count == 0)
            return dict;
        if (arguments is not { Count: 1 } || arguments[0] is not PickleList pairs)
            throw input.Wrong("a dict made from something else than a list of pairs");
        Spend(2L * pairs.Items.Count);
        foreach (object? pair in pairs.Items)
        {
            if (pair is PickleTuple { Count: 2 } tuple)
                SetItems(dict, tuple.Items);
            else if (pair is PickleList { Items.Count: 2 } list)
                SetItems(dict, [list.Items[0], list.Items[1]]);
            else
                throw input.Wrong("a dict made from something else than a list of pairs");
        }

        return dict;
    }

    private IReadOnlyList<object?> Sequence(PickleGlobal callee, PickleTuple arguments)
    {
        IReadOnlyList<object?> items = arguments.Count switch
        {
            0 => [],
            1 when arguments[0] is PickleList list => list.Items,
            1 when arguments[0] is PickleTuple tuple => tuple.Items,
            _ => throw input.Wrong($"{callee.Name} cannot be called with these arguments"),
        };
        Spend(items.Count);
        return items;
    }

    private byte[] EncodeLatin1(string text)
    {
        Spend(text.Length);
        byte[] bytes = new byte[text.Length];
        for (int i = 0; i < bytes.Length; i++)
            bytes[i] = text[i] <= 0xFF ? (byte)text[i] : throw input.Wrong("a text with other than latin-1 characters encoded as latin-1");
        return bytes;
    }

    private TorchTensor RebuildTensor(PickleTuple arguments, Model.ElementType? elementType)
    {
        if (arguments[0] is not TorchStorage storage || elementType is not { } type)
            throw input.Wrong("a tensor without a storage or an element type");
        if (arguments[1] is not long offset || arguments[2] is not PickleTuple size || arguments[3] is not PickleTuple stride)
            throw input.Wrong("a tensor whose offset, sizes or strides are no 64-bit integers");
        if (size.Count != stride.Count || size.Count > MaxRank || size.Items.Any(item => item is not long) || stride.Items.Any(item => item is not long))
            throw input.Wrong("a tensor whose sizes or strides are no 64-bit integers or differ in number");
        long[] sizes = [.. size.Items.Select(item => (long)item!)];
        long[] strides = [.. stride.Items.Select(item => (long)item!)];
        return TorchTensor.Create(storage, type, offset, sizes, strides, out string? problem)
            ?? throw input.Wrong($"tensor of shape [{string.Join(", ", sizes)}], strides [{string.Join(", ", strides)}], offset {offset}: {problem}");
    }

    private void BuildArray(NumpyArray array, PickleTuple state)
    {
        if (state[1] is not PickleTuple { Count: <= MaxRank } shape || shape.Items.Any(item => item is not (>= 0L and <= int.MaxValue))
            || state[2] is not NumpyDType dtype || state[3] is not bool fortran)
        {
            throw input.Wrong("a numpy array without shape, dtype or order");
        }

        int[] sizes = [.. shape.Items.Select(item => (int)(long)item!)];
        UInt128 count = sizes.Contains(0) ? 0 : sizes.Aggregate((UInt128)1, (product, size) => UInt128.Min(product * (UInt128)size, ulong.MaxValue));
        object?[] items;
        if (state[4] is PickleList list && dtype.Kind == 'O' && (UInt128)list.Items.Count == count)
        {
            Spend(list.Items.Count);
            items = [.. list.Items];
        }
        else if (state[4] is byte[] bytes && dtype.Kind != 'O' && dtype.ItemSize > 0 && count * (UInt128)dtype.ItemSize == (UInt128)bytes.Length)
        {
            Spend(bytes.Length);
            items = new object?[(int)count];
            for (int i = 0; i < items.Length; i++)
                items[i] = dtype.Decode(bytes.AsSpan(i * dtype.ItemSize, dtype.ItemSize));
        }
        else
        {
            throw input.Wrong($"a numpy array of shape [{string.Join(", ", sizes)}] whose data has another length");
        }

        array.Shape = sizes;
        array.Items = fortran && sizes.Length > 1 ? FromFortranOrder(items, sizes) : items;
    }

    private static object?[] FromFortranOrder(object?[] items, int[] shape)
    {
        object?[] result = new object?[items.Length];
        int[] index = new int[shape.Length];
        for (int i = 0; i < result.Length; i++)
        {
            int source = 0;
            for (int axis = shape.Length - 1; axis >= 0; axis--)
                source = source * shape[axis] + index[axis];
            result[i] = items[source];
            for (int axis = shape.Length - 1; axis >= 0 && ++index[axis] == shape[axis]; axis--)
                index[axis] = 0;
        }

        return result;
    }
}
