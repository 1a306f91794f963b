using STUNet.Benchmarks.Engines;
using STUNet.Benchmarks.Libtorch;

return EngineHost.Serve(args is ["training"] ? () => new LibtorchTrainingEngine() : () => new LibtorchEngine());
