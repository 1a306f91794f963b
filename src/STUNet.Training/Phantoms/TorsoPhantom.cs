using STUNet.Core;
using STUNet.Imaging;

namespace STUNet.Training;

/// <summary>
/// A synthetic CT of a torso with eight labelled structures, in Hounsfield units: nothing of a patient. Phantoms are drawn from the distribution that the
/// model of <c>stunet demo</c> was trained on.
/// </summary>
/// <param name="Image">The CT, whole numbers of HU; axes (z, y, x) run upwards, backwards and to the patient's left.</param>
/// <param name="Labels">The labels, from 0 to 8.</param>
public sealed record TorsoPhantom(Volume Image, LabelVolume Labels)
{
    // Where there is no tissue there is no texture.
    private const float LeastTexturedIntensity = -950;
    private const float LeastIntensity = -1024;
    private const float LargestIntensity = 3071;
    private const double PartialVolumeSigma = 0.5;
    private const double TextureSigma = 1.2;

    /// <summary>The spacing the demo model was trained at, mm.</summary>
    public static Spacing UsualSpacing => new(3, 3, 3);

    /// <summary>Names of the labels, by value.</summary>
    public static IReadOnlyList<string> LabelNames => PhantomAnatomy.Labels;

    /// <summary>Draws a size as the demo model was trained on, at <see cref="UsualSpacing"/>.</summary>
    /// <param name="random">The random numbers.</param>
    public static Int3 DrawSize(SampleRandom random) => new(random.Integer(80, 111), random.Integer(72, 83), random.Integer(100, 115));

    /// <summary>Draws a phantom. Needs some 20 bytes per voxel.</summary>
    /// <param name="random">The random numbers.</param>
    /// <param name="size">Voxels (z, y, x).</param>
    /// <param name="spacing">Their spacing.</param>
    /// <param name="cancellation">Stops between two slices.</param>
    /// <exception cref="InvalidRequestException">The volume has more voxels than one block can hold.</exception>
    public static TorsoPhantom Create(SampleRandom random, Int3 size, Spacing spacing, CancellationToken cancellation = default)
    {
        // In the patient's axes (RAS) the second and third axis of the file run backwards and to the left: their signs turn.
        VolumeGeometry geometry = new(size, spacing, new Affine(
            [-spacing.X, 0, 0, size.W * spacing.X / 2, 0, -spacing.Y, 0, size.H * spacing.Y / 2, 0, 0, spacing.Z, -size.D * spacing.Z / 2]));
        TorsoPhantom phantom = new(new Volume(geometry), new LabelVolume(geometry));
        phantom.PlaceTissue(random, cancellation);
        phantom.AddTexture(random, cancellation);
        return phantom;
    }

    private void PlaceTissue(SampleRandom random, CancellationToken cancellation)
    {
        (Int3 size, Spacing spacing) = (Image.Size, Image.Geometry.Spacing);
        SmoothField field = new(random, size, random.Uniform(3, 8));
        (double a, double b, double c) = (0.08 * random.Gaussian(), 0.08 * random.Gaussian(), 0.08 * random.Gaussian());
        (double sz, double sy, double sx) = (random.Uniform(0.88, 1.14), random.Uniform(0.88, 1.14), random.Uniform(0.88, 1.14));
        double lift = 12 * random.Gaussian();
        PhantomAnatomy anatomy = new(random);
        Span<float> image = Image.Voxels;
        Span<byte> labels = Labels.As<byte>();
        for (int z = 0, at = 0; z < size.D; z++)
        {
            cancellation.ThrowIfCancellationRequested();
            field.SetSlice(z);
            for (int y = 0; y < size.H; y++)
            {
                field.SetRow(y);
                for (int x = 0; x < size.W; x++, at++)
                {
                    (double pz, double py, double px) = field.At(x);
                    pz = sz * (pz + Centred(z, 0));
                    py = sy * (py + Centred(y, 1));
                    px = sx * (px + Centred(x, 2));

                    // A small rotation, to first order.
                    (image[at], labels[at]) = anatomy.At(pz + a * py + b * px + lift, -a * pz + py + c * px, -b * pz - c * py + px);
                }
            }
        }

        double Centred(int voxel, int axis) => (voxel + 0.5) * spacing[axis] - size[axis] * spacing[axis] / 2;
    }

    private void AddTexture(SampleRandom random, CancellationToken cancellation)
    {
        Span<float> image = Image.Voxels;
        bool[] isTextured = new bool[image.Length];
        for (int i = 0; i < image.Length; i++)
            isTextured[i] = image[i] > LeastTexturedIntensity;
        float[] texture = new float[image.Length];
        for (int i = 0; i < texture.Length; i++)
            texture[i] = (float)random.Gaussian();
        cancellation.ThrowIfCancellationRequested();
        using AugmentationScratch scratch = new();
        Blur(texture, TextureSigma, scratch);
        Blur(Image.Memory, PartialVolumeSigma, scratch);
        cancellation.ThrowIfCancellationRequested();
        float strength = (float)random.Uniform(10, 25);
        float noise = (float)random.Uniform(8, 25);
        for (int i = 0; i < image.Length; i++)
        {
            float value = image[i] + (isTextured[i] ? strength * texture[i] : 0) + noise * (float)random.Gaussian();
            image[i] = Math.Clamp(MathF.Round(value, MidpointRounding.ToEven), LeastIntensity, LargestIntensity);
        }
    }

    private void Blur(Memory<float> values, double sigma, AugmentationScratch scratch) =>
        new GaussianBlur([sigma]).Apply(new SamplePatch(1, Image.Size, values, new short[values.Length]), scratch);
}
