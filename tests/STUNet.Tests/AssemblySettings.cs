using STUNet.Tests.Golden;
using Xunit.Sdk;
using Xunit.v3;

// Kernels use every core themselves; tests beside each other would only disturb allocation counts and memory peaks.
[assembly: Parallelization(Mode = ParallelMode.None)]
[assembly: TestCollectionOrderer(typeof(LedgerLast))]
