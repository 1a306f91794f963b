namespace STUNet.Training;

/// <summary>One step of the augmentation with all its parameters drawn: applying it twice to the same patch gives the same bits.</summary>
public interface IAugmentation
{
    /// <summary>Changes the patch in place, on the calling thread.</summary>
    /// <param name="patch">The patch.</param>
    /// <param name="scratch">Memory to work in, of the calling thread.</param>
    void Apply(SamplePatch patch, AugmentationScratch scratch);
}
