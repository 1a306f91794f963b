namespace STUNet.Core;

/// <summary>How much memory a device has for this process.</summary>
/// <param name="TotalBytes">All of it.</param>
/// <param name="FreeBytes">What is free now; where the driver does not tell, what this process has not taken.</param>
/// <param name="LargestBlockBytes">The most that one block may take.</param>
public readonly record struct DeviceRoom(long TotalBytes, long FreeBytes, long LargestBlockBytes);
