using System.Numerics;
using STUNet.Core;

namespace STUNet.WeightsConverter;

/// <summary>Gives the meaning of a persistent id: PyTorch's reference to a storage.</summary>
internal delegate object PersistentLoad(PickleTuple id);

/// <summary>
/// Runs a Python pickle of protocol 2 to 5 over an allow-list of globals. Nothing of the stream is ever executed: globals become tokens, calls
/// are handled by <see cref="PickleCalls"/>. Every length is checked against the input, marks, memo and the result's nesting are bounded.
/// Values are null, bool, long, BigInteger, double, string, byte[], the Pickle* containers, numpy and torch values.
/// </summary>
internal sealed class Unpickler
{
    private const int MaxMarks = 1000;
    private const int MaxMemo = 1 << 22;
    private const int MaxLongBytes = 256;

    private readonly PickleInput _input;
    private readonly PersistentLoad? _persistentLoad;
    private readonly PickleCalls _calls;
    private readonly List<object?> _stack = [];
    private readonly Stack<int> _marks = new();
    private readonly Dictionary<long, object?> _memo = [];
    private bool _done;

    private Unpickler(PickleInput input, PersistentLoad? persistentLoad)
    {
        _input = input;
        _persistentLoad = persistentLoad;
        _calls = new PickleCalls(input);
    }

    /// <summary>Reads one pickle, up to its STOP.</summary>
    /// <exception cref="InvalidFileException">Damaged or hostile; a refused global is named.</exception>
    public static object? Load(PickleInput input, PersistentLoad? persistentLoad = null)
    {
        Unpickler unpickler = new(input, persistentLoad);
        while (!unpickler._done)
            unpickler.Step((PickleOpcode)input.ReadByte());
        if (unpickler._stack.Count != 1 || unpickler._marks.Count != 0)
            throw input.Wrong($"{unpickler._stack.Count} values are left where one was expected");
        object? value = unpickler._stack[0];
        return PickleGraph.Check(value) is { } problem ? throw input.Wrong(problem) : value;
    }

    private void Step(PickleOpcode opcode)
    {
        if (opcode is PickleOpcode.Proto or PickleOpcode.Frame or PickleOpcode.Stop or PickleOpcode.Mark or PickleOpcode.Pop or PickleOpcode.PopMark)
            Control(opcode);
        else if (Literal(opcode, out object? value))
            Push(value);
        else if (!Container(opcode) && !Memo(opcode))
            Call(opcode);
    }

    private void Control(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.Proto:
                byte protocol = _input.ReadByte();
                if (protocol is < 2 or > 5)
                    throw _input.Wrong($"pickle protocol {protocol} is not supported (2 to 5 are)");
                break;
            case PickleOpcode.Frame:
                _input.RequireLength(_input.ReadLittleEndian(8), "FRAME");
                break;
            case PickleOpcode.Mark:
                if (_marks.Count == MaxMarks)
                    throw _input.Wrong($"more than {MaxMarks} open marks");
                _marks.Push(_stack.Count);
                break;
            case PickleOpcode.Pop:
                Pop();
                break;
            case PickleOpcode.PopMark:
                PopToMark();
                break;
            default:
                _done = true;
                break;
        }
    }

    private bool Literal(PickleOpcode opcode, out object? value)
    {
        value = opcode switch
        {
            PickleOpcode.None => null,
            PickleOpcode.NewTrue => true,
            PickleOpcode.NewFalse => false,
            PickleOpcode.BinInt => (long)(int)_input.ReadLittleEndian(4),
            PickleOpcode.BinInt1 => _input.ReadLittleEndian(1),
            PickleOpcode.BinInt2 => _input.ReadLittleEndian(2),
            PickleOpcode.Long1 => ReadLong(_input.ReadByte()),
            PickleOpcode.Long4 => ReadLong((int)_input.ReadLittleEndian(4)),
            PickleOpcode.BinFloat => _input.ReadBigEndianDouble(),
            PickleOpcode.BinUnicode => _input.ReadUtf8(_input.ReadLittleEndian(4), "BINUNICODE"),
            PickleOpcode.ShortBinUnicode => _input.ReadUtf8(_input.ReadByte(), "SHORT_BINUNICODE"),
            PickleOpcode.BinUnicode8 => _input.ReadUtf8(_input.ReadLittleEndian(8), "BINUNICODE8"),
            PickleOpcode.BinBytes => _input.ReadBytes(_input.ReadLittleEndian(4), "BINBYTES"),
            PickleOpcode.ShortBinBytes => _input.ReadBytes(_input.ReadByte(), "SHORT_BINBYTES"),
            PickleOpcode.BinBytes8 => _input.ReadBytes(_input.ReadLittleEndian(8), "BINBYTES8"),
            PickleOpcode.BinString => Latin1(_input.ReadBytes((int)_input.ReadLittleEndian(4), "BINSTRING")),
            PickleOpcode.ShortBinString => Latin1(_input.ReadBytes(_input.ReadByte(), "SHORT_BINSTRING")),
            PickleOpcode.EmptyTuple => PickleTuple.Empty,
            PickleOpcode.EmptyList or PickleOpcode.EmptySet => new PickleList(),
            PickleOpcode.EmptyDict => new PickleDict(),
            _ => this,
        };
        return !ReferenceEquals(value, this);
    }

    private bool Container(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.Tuple1:
                Push(new PickleTuple([Pop()]));
                break;
            case PickleOpcode.Tuple2:
                (object? second, object? first) = (Pop(), Pop());
                Push(new PickleTuple([first, second]));
                break;
            case PickleOpcode.Tuple3:
                (object? c, object? b, object? a) = (Pop(), Pop(), Pop());
                Push(new PickleTuple([a, b, c]));
                break;
            case PickleOpcode.Tuple:
                Push(new PickleTuple(PopToMark()));
                break;
            case PickleOpcode.List or PickleOpcode.FrozenSet:
                object?[] items = PopToMark();
                PickleList list = new();
                list.Items.AddRange(items);
                Push(list);
                break;
            case PickleOpcode.Dict:
                PickleDict dict = new();
                _calls.SetItems(dict, PopToMark());
                Push(dict);
                break;
            case PickleOpcode.Append:
                object? item = Pop();
                Top<PickleList>("APPEND").Items.Add(item);
                break;
            case PickleOpcode.Appends or PickleOpcode.AddItems:
                object?[] more = PopToMark();
                Top<PickleList>("APPENDS").Items.AddRange(more);
                break;
            case PickleOpcode.SetItem:
                (object? value, object? key) = (Pop(), Pop());
                _calls.SetItems(Top<PickleDict>("SETITEM"), [key, value]);
                break;
            case PickleOpcode.SetItems:
                object?[] pairs = PopToMark();
                _calls.SetItems(Top<PickleDict>("SETITEMS"), pairs);
                break;
            default:
                return false;
        }

        return true;
    }

    private bool Memo(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.Memoize:
                Store(_memo.Count);
                break;
            case PickleOpcode.BinPut:
                Store(_input.ReadByte());
                break;
            case PickleOpcode.LongBinPut:
                Store(_input.ReadLittleEndian(4));
                break;
            case PickleOpcode.BinGet:
                Push(Recall(_input.ReadByte()));
                break;
            case PickleOpcode.LongBinGet:
                Push(Recall(_input.ReadLittleEndian(4)));
                break;
            default:
                return false;
        }

        return true;
    }

    private void Call(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.Global:
                (string module, string name) = (_input.ReadLine(), _input.ReadLine());
                Push(_calls.Allow(module, name));
                break;
            case PickleOpcode.StackGlobal:
                (object? second, object? first) = (Pop(), Pop());
                if (first is not string stackModule || second is not string stackName)
                    throw _input.Wrong("STACK_GLOBAL without two texts");
                Push(_calls.Allow(stackModule, stackName));
                break;
            case PickleOpcode.Reduce or PickleOpcode.NewObj:
                (object? arguments, object? callee) = (Pop(), Pop());
                if (callee is not PickleGlobal global || arguments is not PickleTuple tuple)
                    throw _input.Wrong("a call of something that is no function, or without arguments");
                Push(_calls.Call(global, tuple));
                break;
            case PickleOpcode.Build:
                object? state = Pop();
                _calls.Build(Top<object>("BUILD"), state);
                break;
            case PickleOpcode.BinPersId:
                if (_persistentLoad is null || Pop() is not PickleTuple id)
                    throw _input.Wrong("a persistent id where none belongs");
                Push(_persistentLoad(id));
                break;
            default:
                throw _input.Wrong($"opcode 0x{(byte)opcode:X2} is refused");
        }
    }

    private void Push(object? value) => _stack.Add(value);

    private object? Pop()
    {
        RequireAboveMark();
        object? value = _stack[^1];
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private T Top<T>(string opcode)
        where T : class
    {
        RequireAboveMark();
        return _stack[^1] as T ?? throw _input.Wrong($"{opcode} on {PickleCalls.Describe(_stack[^1])}");
    }

    private object?[] PopToMark()
    {
        if (!_marks.TryPop(out int mark))
            throw _input.Wrong("a mark is missing");
        object?[] items = [.. _stack[mark..]];
        _stack.RemoveRange(mark, _stack.Count - mark);
        return items;
    }

    private void RequireAboveMark()
    {
        if (_stack.Count <= (_marks.TryPeek(out int mark) ? mark : 0))
            throw _input.Wrong("the stack is empty");
    }

    private void Store(long index)
    {
        RequireAboveMark();
        if (index >= MaxMemo)
            throw _input.Wrong($"memo index {index} is too large");
        _memo[index] = _stack[^1];
    }

    private object? Recall(long index) =>
        _memo.TryGetValue(index, out object? value) ? value : throw _input.Wrong($"memo index {index} was never stored");

    private object ReadLong(int length)
    {
        _input.RequireLength(length, "LONG");
        if (length > MaxLongBytes)
            throw _input.Wrong($"an integer of {length} bytes");
        BigInteger value = new(_input.ReadBytes(length, "LONG"));
        return value >= long.MinValue && value <= long.MaxValue ? (object)(long)value : value;
    }

    private static string Latin1(byte[] bytes) => System.Text.Encoding.Latin1.GetString(bytes);
}
