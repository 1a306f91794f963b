using STUNet.Core;
using STUNet.Engine;
using STUNet.Kernels;
using STUNet.Model;
using STUNet.TestKit.Ops;
using STUNet.WeightsConverter;

namespace STUNet.Benchmarks.Engines;

/// <summary>The distinct convolutions of a published size, as our kernels compute them and as one node for other runtimes.</summary>
internal static class ConvLayers
{
    /// <summary>The convolutions of a job's network.</summary>
    public static IEnumerable<OpCase> Of(EngineJob job) => Conv3dCases.StuNetLayers(StuNetConfig.Of(job.Size).Dims[0], job.Patch, job.Classes);

    /// <summary>The convolution a job names.</summary>
    public static OpCase Find(EngineJob job) => Of(job).Single(layer => layer.Name == job.Layer);

    /// <summary>
    /// Writes a layer as an ONNX model of one Conv. A layer that reads two sources, or one as if upsampled, reads one tensor here that somebody has
    /// upsampled and concatenated before: that work is not timed.
    /// </summary>
    public static void WriteOnnx(string path, OpCase layer)
    {
        Conv3dOp op = (Conv3dOp)layer.Op;
        Tape tape = new();
        Value image = tape.Input(OnnxExporter.ImageName, new TensorDesc(ImageShape(layer)));
        Shape weight = layer.Inputs[op.WeightOperand].Shape;
        Dictionary<string, float[]> values = new() { ["weight"] = layer.ValuesOf(op.WeightOperand), ["bias"] = layer.ValuesOf(op.BiasOperand) };
        tape.Output(
            OnnxExporter.LogitsName,
            tape.Apply(new Conv3dOp(op.Kernel, op.Stride), "conv", image, tape.Parameter("weight", weight), tape.Parameter("bias", Shape.Channels(weight.N))));
        OnnxExporter.Write(path, tape, (name, start, piece) => values[name].AsSpan((int)start, piece.Length).CopyTo(piece));
    }

    /// <summary>Shape of the one tensor that a Conv reads.</summary>
    public static Shape ImageShape(OpCase layer)
    {
        Conv3dOp op = (Conv3dOp)layer.Op;
        Shape first = layer.Inputs[0].Shape;
        return new Shape(first.N, layer.Inputs[op.WeightOperand].Shape.C, op.VirtualSize(first.Size));
    }

    /// <summary>The values of that tensor, NCDHW.</summary>
    public static float[] Image(OpCase layer)
    {
        Conv3dOp op = (Conv3dOp)layer.Op;
        Shape shape = ImageShape(layer);
        float[] image = new float[shape.Count];
        Upsample(layer.ValuesOf(0), layer.Inputs[0].Shape, op.FirstSourceFactor, image);
        if (op.Sources == 2)
            layer.ValuesOf(1).CopyTo(image, layer.Inputs[0].Shape.C * shape.Voxels);
        return image;
    }

    private static void Upsample(float[] source, Shape shape, Int3 factor, Span<float> target)
    {
        int i = 0;
        for (int c = 0; c < shape.C; c++)
        {
            for (int d = 0; d < shape.D * factor.D; d++)
            {
                for (int h = 0; h < shape.H * factor.H; h++)
                {
                    int row = ((((c * shape.D) + (d / factor.D)) * shape.H) + (h / factor.H)) * shape.W;
                    for (int w = 0; w < shape.W * factor.W; w++)
                        target[i++] = source[row + (w / factor.W)];
                }
            }
        }
    }
}
