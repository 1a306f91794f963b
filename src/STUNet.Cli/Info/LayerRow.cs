namespace STUNet.Cli;

/// <summary>One row of a layer table.</summary>
/// <param name="Name">Published prefix of the layer, or of the block it belongs to.</param>
/// <param name="Shape">Output, channels x z x y x x.</param>
/// <param name="Parameters">Number of parameters.</param>
/// <param name="ConvolutionMacs">Multiply-adds of its convolutions without bias.</param>
/// <param name="BiasAdds">Additions of its convolutions' biases.</param>
/// <param name="OutputBytes">Bytes of its output as float32, without padding.</param>
internal sealed record LayerRow(string Name, string Shape, long Parameters, long ConvolutionMacs, long BiasAdds, long OutputBytes);
