using System.Collections.Immutable;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Kernels;

namespace STUNet.Model;

/// <summary>
/// The network, written once as a recording. Values are labelled by the parameter prefix of the layer that makes them, such as
/// <c>conv_blocks_context.0.0.conv1</c>.
/// </summary>
public static class StuNet
{
    /// <summary>Slope of every leaky ReLU.</summary>
    public const float LeakySlope = 0.01f;

    /// <summary>Epsilon of every instance norm.</summary>
    public const float NormEpsilon = 1e-5f;

    /// <summary>Records the forward pass.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="config">The architecture.</param>
    /// <param name="input">Channels-last image (N, InputChannels, D, H, W); every side divisible by <see cref="StuNetConfig.TotalStride"/>.</param>
    /// <param name="isTrained">True for parameters that training changes, false for constants.</param>
    /// <returns>Logits of all heads, highest resolution first: (N, Classes, ...) at the resolutions of stages 0, 1, ... Unread heads cost nothing.</returns>
    /// <exception cref="ShapeException">The input does not fit the architecture.</exception>
    public static ImmutableArray<Value> Forward(Tape tape, StuNetConfig config, Value input, bool isTrained = false)
    {
        RequireDivisible(config, input.Desc.Shape);
        return new Recording(tape, config, isTrained).Forward(input);
    }

    /// <summary>
    /// Records what a sliding window needs: load the window, run the network, add softmax probabilities or logits times the importance map to
    /// the accumulator of the run. The map is the plan's input <c>importance</c>, (1, 1, patch) in (z, y, x).
    /// </summary>
    /// <param name="config">The architecture.</param>
    /// <param name="patch">Window size (z, y, x).</param>
    /// <param name="values">What is added.</param>
    /// <param name="activations">Element type of everything between the window and the logits; only some devices have kernels for others than F32.</param>
    public static Tape RecordWindow(StuNetConfig config, Int3 patch, WindowValues values = WindowValues.Probabilities, DType activations = DType.F32)
    {
        Tape tape = new();
        Value importance = tape.Input("importance", new TensorDesc(new Shape(1, 1, patch)));
        Value window = tape.Apply(new WindowLoadOp(config.InputChannels, patch), "window");
        if (activations != DType.F32)
            window = tape.Apply(new CastOp(activations), "window.cast", window);
        Value logits = Forward(tape, config, window)[0];
        if (activations != DType.F32)
            logits = tape.Apply(new CastOp(DType.F32), "logits.cast", logits);
        Value added = values == WindowValues.Logits ? logits : tape.Apply(new SoftmaxOp(), "probabilities", logits);
        tape.Apply(new GaussianAccumulateOp(), "accumulate", added, importance);
        return tape;
    }

    private static void RequireDivisible(StuNetConfig config, Shape input)
    {
        Int3 total = config.TotalStride;
        if (input.C != config.InputChannels)
            throw new ShapeException("STU-Net", $"input {input} must have {config.InputChannels} channels");
        for (int axis = 0; axis < 3; axis++)
        {
            if (input.Size[axis] % total[axis] != 0)
                throw new ShapeException("STU-Net", $"input size {input.Size} (z, y, x) must be divisible by the product of the strides {total}");
        }
    }

    private sealed class Recording(Tape tape, StuNetConfig config, bool isTrained)
    {
        public ImmutableArray<Value> Forward(Value input)
        {
            Value[] skips = new Value[config.Stages];
            Value x = input;
            for (int stage = 0; stage < config.Stages; stage++)
            {
                Int3 stride = stage == 0 ? Int3.One : config.Strides[stage - 1];
                x = skips[stage] = Blocks(x, StuNetParameters.EncoderStage(stage), stage, stride);
            }

            Value[] heads = new Value[config.Stages - 1];
            for (int level = 0; level < config.Stages - 1; level++)
            {
                int stage = config.Stages - 2 - level;
                x = Upsample(x, level, stage);
                x = tape.Apply(new ConcatChannelsOp(), $"concat.{level}", x, skips[stage]);
                x = Blocks(x, StuNetParameters.DecoderStage(level), stage, Int3.One);
                heads[stage] = Convolve(x, StuNetParameters.Head(level), config.Classes, Int3.One, Int3.One);
            }

            return [.. heads];
        }

        // The order of the two changes no bit of the result. Inference records the published one, and a rewrite swaps them; in training the gradients
        // of the swapped order are a factor-th of the work too.
        private Value Upsample(Value x, int level, int stage)
        {
            UpsampleNearestOp upsample = new(config.Strides[stage]);
            string convolution = StuNetParameters.UpsampleConvolution(level);
            return isTrained
                ? tape.Apply(upsample, $"upsample_layers.{level}", Convolve(x, convolution, config.Dims[stage], Int3.One, Int3.One))
                : Convolve(tape.Apply(upsample, $"upsample_layers.{level}", x), convolution, config.Dims[stage], Int3.One, Int3.One);
        }

        private Value Blocks(Value x, string prefix, int stage, Int3 stride)
        {
            for (int block = 0; block < config.Depth[stage]; block++)
                x = Block(x, $"{prefix}.{block}", config.Dims[stage], config.Kernels[stage], block == 0 ? stride : Int3.One, hasShortcut: block == 0);
            return x;
        }

        private Value Block(Value x, string prefix, int channels, Int3 kernel, Int3 stride, bool hasShortcut)
        {
            Value y = Convolve(x, $"{prefix}.conv1", channels, kernel, stride);
            y = Normalise(y, $"{prefix}.norm1");
            y = tape.Apply(new LeakyReluOp(LeakySlope), $"{prefix}.act1", y);
            y = Convolve(y, $"{prefix}.conv2", channels, kernel, Int3.One);
            y = Normalise(y, $"{prefix}.norm2");
            Value shortcut = hasShortcut ? Convolve(x, $"{prefix}.conv3", channels, Int3.One, stride) : x;
            y = tape.Apply(new AddOp(), $"{prefix}.add", y, shortcut);
            return tape.Apply(new LeakyReluOp(LeakySlope), $"{prefix}.act2", y);
        }

        private Value Convolve(Value x, string prefix, int channels, Int3 kernel, Int3 stride)
        {
            Value weight = tape.Parameter($"{prefix}.weight", new Shape(channels, x.Desc.Shape.C, kernel), isTrained);
            Value bias = tape.Parameter($"{prefix}.bias", Shape.Channels(channels), isTrained);
            return tape.Apply(new Conv3dOp(kernel, stride), prefix, x, weight, bias);
        }

        private Value Normalise(Value x, string prefix)
        {
            Shape channels = Shape.Channels(x.Desc.Shape.C);
            Value statistics = tape.Apply(new InstanceNormStatisticsOp(NormEpsilon), $"{prefix}.statistics", x);
            return tape.Apply(
                new InstanceNormApplyOp(), prefix, x, statistics, tape.Parameter($"{prefix}.weight", channels, isTrained), tape.Parameter($"{prefix}.bias", channels, isTrained));
        }
    }
}
