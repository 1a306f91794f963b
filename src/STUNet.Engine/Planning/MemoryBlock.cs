namespace STUNet.Engine;

/// <summary>A piece of an arena and the steps during which it is in use, both inclusive.</summary>
/// <param name="ByteLength">Size in bytes.</param>
/// <param name="FirstStep">The step that writes it first.</param>
/// <param name="LastStep">The step that uses it last.</param>
internal readonly record struct MemoryBlock(long ByteLength, int FirstStep, int LastStep)
{
    public bool IsAliveWith(MemoryBlock other) => FirstStep <= other.LastStep && other.FirstStep <= LastStep;
}
