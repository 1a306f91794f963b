using STUNet.Core;
using STUNet.Engine;
using STUNet.Kernels;
using STUNet.Model;
using STUNet.Training;

namespace STUNet.TestKit;

/// <summary>The full-resolution logits of a network in training, from a forward pass in a plan of its own, which keeps them.</summary>
public static class NetworkLogits
{
    /// <summary>Computes them with the present parameters.</summary>
    /// <param name="network">The network.</param>
    /// <param name="device">Its device.</param>
    /// <param name="image">NCDHW.</param>
    /// <returns>NCDHW, (BatchSize, Classes, Patch).</returns>
    public static float[] Of(TrainingNetwork network, Device device, ReadOnlySpan<float> image)
    {
        TrainingStepSettings settings = network.Settings;
        Tape tape = new();
        Value input = tape.Input("image", new TensorDesc(new Shape(settings.BatchSize, settings.Network.InputChannels, settings.Patch), Layout.NCDHW));
        tape.Output("logits", StuNet.Forward(tape, settings.Network, tape.Apply(new RelayoutOp(Layout.NDHWC), "image.channels_last", input), isTrained: true)[0]);
        using CompiledModel model = new(device, new DictionaryParameters(name =>
        {
            float[] values = new float[network.CountOf(name)];
            network.Read(name, values);
            return values;
        }));
        using Plan plan = model.CreatePlan(tape);
        plan.Write(device, "image", image);
        plan.Run().Wait();
        return plan.Read(device, "logits");
    }
}
