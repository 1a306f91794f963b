using STUNet.Core;
using STUNet.Model;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace STUNet.Benchmarks.Libtorch;

/// <summary>
/// STU-Net in libtorch's ops, as its authors wrote it for PyTorch: leaky ReLU and addition in place, every other value released after its last use, so
/// that memory is what Python's reference counting would need. Full-resolution head only.
/// </summary>
internal sealed class LibtorchStuNet : IDisposable
{
    private readonly StuNetConfig _config;
    private readonly Dictionary<string, Tensor> _parameters = [];

    /// <summary>Reads the weights.</summary>
    public LibtorchStuNet(StuNetConfig config, InitialParameters weights)
    {
        _config = config;
        foreach (StuNetParameter parameter in StuNetParameters.Enumerate(config))
        {
            float[] values = new float[parameter.Count];
            weights.Read(parameter.Name, values);
            _parameters.Add(parameter.Name, tensor(values, [.. parameter.Shape.Select(size => (long)size)]));
        }
    }

    /// <summary>Lets all parameters have gradients, and gives them.</summary>
    public IEnumerable<Parameter> MakeTrainable()
    {
        foreach (string name in _parameters.Keys.ToArray())
        {
            Parameter parameter = new(_parameters[name]);
            _parameters[name] = parameter;
            yield return parameter;
        }
    }

    /// <summary>Logits (N, classes, D, H, W) of an image (N, channels, D, H, W).</summary>
    public Tensor Forward(Tensor image) => Forward(image, heads: 1)[0];

    /// <summary>Logits of the finest resolutions.</summary>
    /// <param name="image">(N, channels, D, H, W).</param>
    /// <param name="heads">How many, from the finest on.</param>
    public IReadOnlyList<Tensor> Forward(Tensor image, int heads)
    {
        Tensor[] logits = new Tensor[heads];
        Tensor[] skips = new Tensor[_config.Stages];
        Tensor x = image;
        for (int stage = 0; stage < _config.Stages; stage++)
        {
            Int3 stride = stage == 0 ? Int3.One : _config.Strides[stage - 1];
            x = skips[stage] = Blocks(x, StuNetParameters.EncoderStage(stage), stage, stride, keepsInput: true);
        }

        for (int level = 0; level < _config.Stages - 1; level++)
        {
            int stage = _config.Stages - 2 - level;
            x = Blocks(Concatenated(x, skips[stage], level, stage), StuNetParameters.DecoderStage(level), stage, Int3.One, keepsInput: false);
            if (stage < heads)
                logits[stage] = Convolve(x, StuNetParameters.Head(level), Int3.One, Int3.One);
        }

        x.Dispose();
        return logits;
    }

    public void Dispose()
    {
        foreach (Tensor parameter in _parameters.Values)
            parameter.Dispose();
    }

    private Tensor Concatenated(Tensor below, Tensor skip, int level, int stage)
    {
        Int3 factor = _config.Strides[stage];
        using Tensor skipped = skip;
        using Tensor convolved = UpsampledConvolution(below, factor, level);
        return cat([convolved, skipped], 1);
    }

    private Tensor UpsampledConvolution(Tensor below, Int3 factor, int level)
    {
        Tensor upsampled;
        using (below)
            upsampled = functional.interpolate(below, scale_factor: [factor.D, factor.H, factor.W], mode: InterpolationMode.Nearest);
        using (upsampled)
            return Convolve(upsampled, StuNetParameters.UpsampleConvolution(level), Int3.One, Int3.One);
    }

    private Tensor Blocks(Tensor x, string prefix, int stage, Int3 stride, bool keepsInput)
    {
        for (int block = 0; block < _config.Depth[stage]; block++)
        {
            Tensor input = x;
            x = Block(input, $"{prefix}.{block}", _config.Kernels[stage], block == 0 ? stride : Int3.One, hasShortcut: block == 0);
            if (block > 0 || !keepsInput)
                input.Dispose();
        }

        return x;
    }

    private Tensor Block(Tensor x, string prefix, Int3 kernel, Int3 stride, bool hasShortcut)
    {
        Tensor y;
        using (Tensor first = ConvolveAndNormalise(x, $"{prefix}.conv1", $"{prefix}.norm1", kernel, stride))
        {
            functional.leaky_relu(first, StuNet.LeakySlope, inplace: true);
            y = ConvolveAndNormalise(first, $"{prefix}.conv2", $"{prefix}.norm2", kernel, Int3.One);
        }

        if (hasShortcut)
        {
            using Tensor shortcut = Convolve(x, $"{prefix}.conv3", Int3.One, stride);
            y.add_(shortcut);
        }
        else
        {
            y.add_(x);
        }

        functional.leaky_relu(y, StuNet.LeakySlope, inplace: true);
        return y;
    }

    private Tensor ConvolveAndNormalise(Tensor x, string convolution, string norm, Int3 kernel, Int3 stride)
    {
        using Tensor y = Convolve(x, convolution, kernel, stride);
        return functional.instance_norm(y, weight: _parameters[$"{norm}.weight"], bias: _parameters[$"{norm}.bias"], eps: StuNet.NormEpsilon);
    }

    private Tensor Convolve(Tensor x, string prefix, Int3 kernel, Int3 stride) => functional.conv3d(
        x, _parameters[$"{prefix}.weight"], _parameters[$"{prefix}.bias"],
        strides: [stride.D, stride.H, stride.W], padding: [kernel.D / 2, kernel.H / 2, kernel.W / 2]);
}
