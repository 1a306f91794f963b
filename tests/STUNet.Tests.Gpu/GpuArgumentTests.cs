using System.Reflection;
using ILGPU;
using STUNet.Kernels;

namespace STUNet.Tests.Gpu;

/// <summary>
/// ILGPU takes two structures for one whose fields, counted through those of inner structures, are of the same types, whatever padding lies between them: a
/// kernel would read its arguments at the places of another's. Without padding at the end of inner structures equal fields lie at equal places.
/// </summary>
public sealed class GpuArgumentTests
{
    public static IEnumerable<ITheoryDataRow> Arguments => GpuKernelTable.All.SelectMany(kernel => kernel.Bodies)
        .Select(body => body.GetParameters().Single().ParameterType).Distinct().Select(type => new TheoryDataRow<string>(type.FullName!));

    [Theory]
    [MemberData(nameof(Arguments))]
    public void Fields_OfEveryKernelsArguments_NeedNoPaddingAtTheEndOfInnerStructures(string arguments)
    {
        foreach (Type inner in InnerOf(typeof(GpuKernelTable).Assembly.GetType(arguments)!))
        {
            (int size, int alignment) = Measure(inner);
            Assert.True(size % alignment == 0, $"{inner.Name} in {arguments} has {size} bytes; fill it up to a multiple of {alignment}");
        }
    }

    private static IEnumerable<Type> InnerOf(Type structure) => FieldsOf(structure).Select(field => field.FieldType)
        .Where(type => !type.IsPrimitive && !IsView(type)).SelectMany(type => InnerOf(type).Prepend(type)).Distinct();

    // Size without padding at the end.
    private static (int Size, int Alignment) Measure(Type type)
    {
        if (IsView(type))
            return (16, 8);
        if (type == typeof(int) || type == typeof(float))
            return (4, 4);
        if (type == typeof(long))
            return (8, 8);
        int end = 0;
        int widest = 1;
        foreach (FieldInfo field in FieldsOf(type))
        {
            (int size, int alignment) = Measure(field.FieldType);
            end = ((end + alignment - 1) / alignment * alignment) + size;
            widest = Math.Max(widest, alignment);
        }

        Assert.True(end > 0, $"{type.Name} is not known to this test");
        return (end, widest);
    }

    private static FieldInfo[] FieldsOf(Type type) => type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);

    private static bool IsView(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ArrayView<>);
}
