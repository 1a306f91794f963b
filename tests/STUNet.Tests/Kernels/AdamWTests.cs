using STUNet.Core;
using STUNet.Engine;
using STUNet.Kernels;
using STUNet.TestKit;

namespace STUNet.Tests.Kernels;

/// <summary>
/// The op against <c>torch.optim.AdamW</c> of PyTorch 1.13 (lr 0.01, weight_decay 0.01, gradients clipped to norm 2 by <c>clip_grad_norm_</c>): three steps of four
/// parameters, one of which has no gradient at first.
/// </summary>
public sealed class AdamWTests
{
    private static readonly float[] Initial = [0.5f, -1.25f, 2, 1e-3f];
    private static readonly float[][] Gradients = [[0.1f, -2, 3, 0], [-0.2f, 1, 0.5f, 1e-4f], [0.3f, 0.25f, -8, -2e-4f]];

    private static readonly float[][] Expected =
    [
        [0.489950001f, -1.23987496f, 1.98979998f, 0.000999900047f],
        [0.495282799f, -1.23976052f, 1.98104131f, -0.00644051656f],
        [0.496976286f, -1.23991096f, 1.98132658f, -0.00872986577f],
    ];

    [Fact]
    public void Run_ThreeSteps_AreThoseOfPyTorch()
    {
        using CpuDevice device = new(1);
        Tape tape = new();
        TensorDesc four = new(Shape.Channels(4), Layout.NCDHW);
        Value parameter = tape.Parameter("w", four.Shape, isVariable: true);
        Value gradient = tape.Input("gradient", four);
        Value norm = tape.Apply(new GlobalNormOp(), "norm", gradient);
        Value[] moments = [tape.Parameter("m", four.Shape, isVariable: true), tape.Parameter("v", four.Shape, isVariable: true)];
        tape.Apply(new AdamWOp(0.9f, 0.999f, 1e-8f, 0.01f, MaxNorm: 2), "update", parameter, moments[0], moments[1], gradient, norm);
        using CompiledModel model = new(device, new DictionaryParameters(name => name == "w" ? Initial : new float[4]));
        using Plan plan = model.CreatePlan(tape);
        float[] found = new float[4];
        for (int step = 0; step < Expected.Length; step++)
        {
            plan.Write(device, "gradient", Gradients[step]);
            plan.Run(new RunArguments { LearningRate = 0.01f, OptimiserStep = step + 1 }).Wait();
            model.Read(parameter, found);
            // A few roundings of values up to 2.
            for (int i = 0; i < found.Length; i++)
                Assert.Equal(Expected[step][i], found[i], Math.Pow(2, -21));
        }
    }
}
