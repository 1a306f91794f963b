using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Visits every voxel of a shape, in parallel over slices (n, d): each writes what belongs to its voxel only.</summary>
internal abstract class ReferenceStep(Shape shape, WorkerPool workers) : Step, IParallelBody
{
    /// <summary>The arguments of the run in progress.</summary>
    protected RunContext Context { get; private set; } = new();

    public override void Run(RunContext context)
    {
        Context = context;
        workers.Run(shape.N * shape.D, this);
    }

    public void Execute(int index, int worker)
    {
        for (int h = 0; h < shape.H; h++)
        {
            for (int w = 0; w < shape.W; w++)
                Visit(index / shape.D, index % shape.D, h, w);
        }
    }

    protected abstract void Visit(int n, int d, int h, int w);

    /// <summary>Index of an element in memory.</summary>
    protected static long Offset(TensorDesc desc, int n, int c, int d, int h, int w)
    {
        Shape size = desc.Shape;
        long voxel = ((((long)d * size.H) + h) * size.W) + w;
        return desc.Layout == Layout.NCDHW
            ? ((((long)n * size.C) + c) * size.Voxels) + voxel
            : (((n * size.Voxels) + voxel) * desc.ChannelPitch) + c;
    }

    /// <summary>A float32 element.</summary>
    protected static unsafe ref float At(in TensorView view, int n, int c, int d, int h, int w) => ref view.Floats[Offset(view.Desc, n, c, d, h, w)];
}
