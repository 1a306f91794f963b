using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Visits the rows (n, d, h) of a shape in parallel, several rows a piece.</summary>
internal abstract class RowStep(Shape shape, WorkerPool workers) : Step, IParallelBody
{
    private const int RowsAPiece = 8;

    /// <summary>The arguments of the run in progress.</summary>
    protected RunContext Context { get; private set; } = new();

    private int Rows => shape.N * shape.D * shape.H;

    public override void Run(RunContext context)
    {
        Context = context;
        workers.Run((Rows + RowsAPiece - 1) / RowsAPiece, this);
    }

    public void Execute(int index, int worker)
    {
        int end = Math.Min(Rows, (index + 1) * RowsAPiece);
        for (int row = index * RowsAPiece; row < end; row++)
            Visit(row / shape.H / shape.D, row / shape.H % shape.D, row % shape.H, worker);
    }

    protected abstract void Visit(int n, int d, int h, int worker);

    /// <summary>Index of the first element of a row of a channels-last tensor.</summary>
    protected static long RowOf(TensorDesc desc, int n, int d, int h) =>
        ((((long)n * desc.Shape.D) + d) * desc.Shape.H + h) * desc.Shape.W * desc.ChannelPitch;
}
