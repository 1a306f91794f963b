namespace STUNet.Training;

/// <summary>Draws a uniform whole number; <see cref="SampleRandom.Integer"/> in training, recorded numbers in tests.</summary>
/// <param name="low">The smallest value.</param>
/// <param name="high">The largest value, included.</param>
public delegate int DrawInteger(int low, int high);
