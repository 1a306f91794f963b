using STUNet.Model;

namespace STUNet.WeightsConverter;

/// <summary>What an allowed global stands for. Nothing is ever looked up by name at run time.</summary>
internal enum GlobalKind
{
    OrderedDict,
    RebuildTensor,
    RebuildTensorV3,
    RebuildParameter,
    StorageType,
    UntypedStorage,
    TorchDType,
    TorchSize,
    TorchDevice,
    NumpyScalar,
    NumpyReconstruct,
    NumpyArray,
    NumpyDType,
    Encode,
    Set,
    List,
    Dict,
    Tuple,
    ByteArray,
    Function,
}

/// <summary>An allowed global.</summary>
internal sealed record PickleGlobal(string Name, GlobalKind Kind, ElementType? ElementType = null)
{
    private static readonly Dictionary<string, PickleGlobal> Allowed = BuildAllowed();

    /// <summary>The global of that name, or null when it is not on the list.</summary>
    public static PickleGlobal? Find(string module, string name) => Allowed.GetValueOrDefault($"{module}.{name}");

    private static Dictionary<string, PickleGlobal> BuildAllowed()
    {
        List<PickleGlobal> list =
        [
            new("collections.OrderedDict", GlobalKind.OrderedDict),
            new("torch._utils._rebuild_tensor", GlobalKind.RebuildTensor),
            new("torch._utils._rebuild_tensor_v2", GlobalKind.RebuildTensor),
            new("torch._utils._rebuild_tensor_v3", GlobalKind.RebuildTensorV3),
            new("torch._utils._rebuild_parameter", GlobalKind.RebuildParameter),
            new("torch.storage.UntypedStorage", GlobalKind.UntypedStorage),
            new("torch.Size", GlobalKind.TorchSize),
            new("torch.device", GlobalKind.TorchDevice),
            new("numpy.ndarray", GlobalKind.NumpyArray),
            new("numpy.dtype", GlobalKind.NumpyDType),
            new("_codecs.encode", GlobalKind.Encode),
            new("nnunetv2.postprocessing.remove_connected_components.remove_all_but_largest_component_from_segmentation", GlobalKind.Function),
        ];
        foreach (string package in new[] { "numpy.core", "numpy._core" })
        {
            list.Add(new($"{package}.multiarray.scalar", GlobalKind.NumpyScalar));
            list.Add(new($"{package}.multiarray._reconstruct", GlobalKind.NumpyReconstruct));
        }

        foreach (string module in new[] { "builtins", "__builtin__" })
        {
            list.Add(new($"{module}.set", GlobalKind.Set));
            list.Add(new($"{module}.frozenset", GlobalKind.Set));
            list.Add(new($"{module}.list", GlobalKind.List));
            list.Add(new($"{module}.dict", GlobalKind.Dict));
            list.Add(new($"{module}.tuple", GlobalKind.Tuple));
            list.Add(new($"{module}.bytearray", GlobalKind.ByteArray));
        }

        (string Storage, string DType, ElementType Type)[] types =
        [
            ("FloatStorage", "float32", Model.ElementType.F32), ("DoubleStorage", "float64", Model.ElementType.F64),
            ("HalfStorage", "float16", Model.ElementType.F16), ("BFloat16Storage", "bfloat16", Model.ElementType.BF16),
            ("LongStorage", "int64", Model.ElementType.I64), ("IntStorage", "int32", Model.ElementType.I32),
            ("ShortStorage", "int16", Model.ElementType.I16), ("CharStorage", "int8", Model.ElementType.I8),
            ("ByteStorage", "uint8", Model.ElementType.U8), ("BoolStorage", "bool", Model.ElementType.BOOL),
        ];
        foreach ((string storage, string dtype, ElementType type) in types)
        {
            list.Add(new($"torch.{storage}", GlobalKind.StorageType, type));
            list.Add(new($"torch.cuda.{storage}", GlobalKind.StorageType, type));
            list.Add(new($"torch.{dtype}", GlobalKind.TorchDType, type));
        }

        return list.ToDictionary(item => item.Name);
    }
}
