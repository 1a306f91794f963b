namespace STUNet.Training;

/// <summary>
/// The inside of one torso phantom: which tissue lies where, and its intensity in HU. Axes of the body are z upwards, y backwards, x to the patient's left,
/// in mm from its middle. Anatomy varies, topology does not.
/// </summary>
internal sealed class PhantomAnatomy
{
    /// <summary>Names of the labels, by value.</summary>
    public static readonly IReadOnlyList<string> Labels =
        ["background", "liver", "spleen", "kidney_left", "kidney_right", "aorta", "vertebrae", "lung_left", "lung_right"];

    /// <summary>Intensity of the air around the body, HU.</summary>
    public const float Air = -1000;

    private const byte Liver = 1;
    private const byte Aorta = 5;
    private const byte Vertebra = 6;
    private const double MuscleShare = 0.82;
    private const double RibShare = 0.7;
    private const float Disc = 90;
    private const float Rib = 350;

    private readonly (double Y, double X) _body;
    private readonly float _fat;
    private readonly float _muscle;
    private readonly (PhantomEllipsoid Shape, float Intensity, byte Label)[] _organs;
    private readonly (double Radius, double Y, double X, float Intensity) _aorta;
    private readonly (double Period, double Phase, double Y, double X, float Intensity, float Spinous) _spine;

    /// <summary>Draws an anatomy.</summary>
    public PhantomAnatomy(SampleRandom random)
    {
        _body = (random.Uniform(95, 108), random.Uniform(140, 155));
        _fat = Intensity(random, -115, -85);
        _muscle = Intensity(random, 30, 60);
        // Later ones lie over earlier ones. Heart and stomach are soft tissue without a label.
        _organs =
        [
            Organ(7, (75, -5, 68), (85, 62, 52), -870, -780),
            Organ(8, (75, -5, -68), (85, 62, 52), -870, -780),
            Organ(0, (60, -15, 15), (45, 40, 45), 35, 60),
            Organ(Liver, (-25, -15, -58), (58, 58, 60), 85, 125),
            Organ(0, (-30, -40, 45), (35, 30, 35), 0, 35),
            Organ(2, (-20, 35, 85), (38, 24, 26), 95, 140),
            Organ(3, (-70, 40, 58), (44, 22, 22), 120, 190),
            Organ(4, (-78, 40, -58), (44, 22, 22), 120, 190),
        ];
        _aorta = (random.Uniform(9, 13), 36 + 3 * random.Gaussian(), 10 + 4 * random.Gaussian(), Intensity(random, 130, 230));
        double period = random.Uniform(28, 36);
        _spine = (period, random.Uniform(0, period), random.Uniform(17, 21), random.Uniform(20, 25), Intensity(random, 220, 420), Intensity(random, 300, 500));

        (PhantomEllipsoid, float, byte) Organ(byte label, (double Z, double Y, double X) centre, (double Z, double Y, double X) radius, double low, double high) =>
            (PhantomEllipsoid.Draw(random, centre, radius), Intensity(random, low, high), label);
    }

    /// <summary>Intensity and label of a place.</summary>
    public (float Intensity, byte Label) At(double z, double y, double x)
    {
        double share = Square(y / _body.Y) + Square(x / _body.X);
        if (share >= 1)
            return (Air, 0);
        if (share >= MuscleShare)
            return (_fat, 0);
        (float intensity, byte label) = (_muscle, (byte)0);
        foreach ((PhantomEllipsoid shape, float value, byte organ) in _organs)
        {
            // The diaphragm ends the liver.
            if (shape.Contains(z, y, x) && (organ != Liver || z < 35 + 0.15 * x))
                (intensity, label) = (value, organ);
        }

        if (Square(x - _aorta.X - 6 * Math.Sin(z / 90)) + Square(y - _aorta.Y) < Square(_aorta.Radius))
            (intensity, label) = (_aorta.Intensity, Aorta);
        bool isDisc = Modulo(z + _spine.Phase, _spine.Period) < 6;
        if (Square(x / _spine.X) + Square((y - 66) / _spine.Y) < 1)
            (intensity, label) = isDisc ? (Disc, label) : (_spine.Intensity, Vertebra);
        if (!isDisc && Square(x / 7) + Square((y - 92) / 16) < 1)
            (intensity, label) = (_spine.Spinous, Vertebra);
        if (share > RibShare && Modulo(z + 0.45 * y, 27) < 8 && z > -20)
            intensity = Rib;
        return (intensity, label);
    }

    private static float Intensity(SampleRandom random, double low, double high) => (float)random.Uniform(low, high);

    private static double Square(double value) => value * value;

    /// <summary>The remainder that is never negative.</summary>
    private static double Modulo(double value, double period) => value - period * Math.Floor(value / period);
}
