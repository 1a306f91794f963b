using STUNet.Benchmarks.Engines;
using STUNet.Benchmarks.Libtorch;

return EngineHost.Serve(() => new LibtorchEngine());
