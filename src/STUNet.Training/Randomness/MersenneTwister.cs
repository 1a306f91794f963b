using System.Numerics;

namespace STUNet.Training;

/// <summary>
/// The 32-bit Mersenne Twister MT19937, a block of 624 words at a time in vectors: x[i + 624] = x[i + 397] ^ twist(upper bit of x[i], lower bits of x[i + 1]). A word needs none of the
/// 226 before it, so as many as a vector holds are made at once, in place.
/// </summary>
/// <remarks>Matsumoto and Nishimura, "Mersenne Twister", ACM TOMACS 8 (1998).</remarks>
internal sealed class MersenneTwister
{
    /// <summary>Words of a block.</summary>
    public const int BlockLength = 624;

    private const int Middle = 397;
    private const uint UpperBit = 0x80000000u;
    private const uint Twist = 0x9908B0DFu;
    private readonly uint[] _state = new uint[BlockLength];
    private readonly uint[] _block = new uint[BlockLength];

    /// <summary>Starts the sequence of a seed; the first block comes with the first <see cref="Advance"/>.</summary>
    /// <param name="seed">The seed.</param>
    public MersenneTwister(uint seed)
    {
        _state[0] = seed;
        for (uint i = 1; i < BlockLength; i++)
            _state[i] = (1812433253u * (_state[i - 1] ^ (_state[i - 1] >> 30))) + i;
    }

    /// <summary>The block of words.</summary>
    public ReadOnlySpan<uint> Block => _block;

    /// <summary>Makes the next block.</summary>
    public void Advance()
    {
        Join(0, BlockLength - Middle, Middle);
        Join(BlockLength - Middle, BlockLength - 1, Middle - BlockLength);
        _state[^1] = Joined(_state[^1], _state[0]) ^ _state[Middle - 1];
        Temper();
    }

    // Words first to end - 1 of the state, each from its own place, the next, and one that is a distance away.
    private void Join(int first, int end, int distance)
    {
        int i = first;
        for (; i <= end - Vector<uint>.Count; i += Vector<uint>.Count)
        {
            Vector<uint> joined = (new Vector<uint>(_state, i) & new Vector<uint>(UpperBit)) | (new Vector<uint>(_state, i + 1) & new Vector<uint>(~UpperBit));
            Vector<uint> twist = (Vector<uint>.Zero - (joined & Vector<uint>.One)) & new Vector<uint>(Twist);
            (new Vector<uint>(_state, i + distance) ^ (joined >>> 1) ^ twist).CopyTo(_state, i);
        }

        for (; i < end; i++)
            _state[i] = Joined(_state[i], _state[i + 1]) ^ _state[i + distance];
    }

    private static uint Joined(uint word, uint next)
    {
        uint joined = (word & UpperBit) | (next & ~UpperBit);
        return (joined >> 1) ^ ((0 - (joined & 1)) & Twist);
    }

    private void Temper()
    {
        // 624 is a multiple of every vector's length.
        for (int i = 0; i < BlockLength; i += Vector<uint>.Count)
        {
            Vector<uint> word = new(_state, i);
            word ^= word >>> 11;
            word ^= (word << 7) & new Vector<uint>(0x9D2C5680u);
            word ^= (word << 15) & new Vector<uint>(0xEFC60000u);
            (word ^ (word >>> 18)).CopyTo(_block, i);
        }
    }
}
