using STUNet.Core;

namespace STUNet.Tests.Core;

public sealed unsafe class CpuDeviceTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(5, 1)]
    [InlineData(3, (3 << 20) + 7)]
    [InlineData(64, 1 << 20)]
    public void Fill_PartOfABlock_SetsThatPartOnly(int offset, int length)
    {
        using CpuDevice device = new(3);
        using CpuMemory memory = (CpuMemory)device.Allocate(offset + length + 9);
        Span<byte> bytes = new(memory.Pointer, (int)memory.ByteLength);
        bytes.Fill(1);
        device.Fill(memory, offset, length, 0xA5);
        Assert.True(bytes[..offset].IndexOfAnyExcept((byte)1) < 0);
        Assert.True(bytes.Slice(offset, length).IndexOfAnyExcept((byte)0xA5) < 0);
        Assert.True(bytes[(offset + length)..].IndexOfAnyExcept((byte)1) < 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => device.Fill(memory, offset, length + 10, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => device.Fill(memory, -1, 1, 0));
    }
}
