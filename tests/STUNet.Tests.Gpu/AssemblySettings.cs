using Xunit.Sdk;
using Xunit.v3;

// Kernels share one OpenCL device, whose threads take every core.
[assembly: Parallelization(Mode = ParallelMode.None)]
