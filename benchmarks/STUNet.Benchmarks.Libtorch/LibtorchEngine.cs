using System.Runtime.InteropServices;
using STUNet.Benchmarks.Engines;
using TorchSharp;

namespace STUNet.Benchmarks.Libtorch;

/// <summary>libtorch on the CPU by TorchSharp, eager, in inference mode.</summary>
internal sealed class LibtorchEngine : IEngine
{
    private LibtorchStuNet? _network;
    private torch.Tensor? _image;
    private torch.Tensor? _logits;

    public string Version => $"libtorch {torch.__version__}, TorchSharp {typeof(torch).Assembly.GetName().Version!.ToString(3)}";

    public ReadOnlySpan<float> Output => MemoryMarshal.Cast<byte, float>(_logits!.bytes);

    public EngineReply Prepare(EngineJob job)
    {
        LibtorchLibrary.Load(job.Threads);
        _network = new LibtorchStuNet(job.Network(), job.Weights());
        _image = torch.tensor(job.Image(), [1, 1, job.Patch.D, job.Patch.H, job.Patch.W]);
        return new EngineReply { Kernel = "eager" };
    }

    public void Run()
    {
        _logits?.Dispose();
        using IDisposable inference = torch.inference_mode();
        _logits = _network!.Forward(_image!);
        if (!_logits.is_contiguous())
            throw new InvalidOperationException("the logits are not NCDHW in memory");
    }

    public double? MeasurePeak() => null;

    public void Dispose()
    {
        _logits?.Dispose();
        _image?.Dispose();
        _network?.Dispose();
    }
}
