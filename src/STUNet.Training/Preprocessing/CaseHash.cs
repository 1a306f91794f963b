using System.Security.Cryptography;
using System.Text;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>The SHA-256 of a preprocessed case: over the texts of its header and every element of its tensors.</summary>
internal static class CaseHash
{
    /// <summary>The hash, in hexadecimal.</summary>
    /// <param name="texts">The texts of the header; the hash itself, if it is among them, is left out.</param>
    /// <param name="tensors">The tensors, in the file's order.</param>
    /// <param name="content">Gives the elements of a tensor, little-endian, piece by piece.</param>
    public static string Of(IEnumerable<KeyValuePair<string, string>> texts, IEnumerable<TensorInfo> tensors, Action<TensorInfo, Action<ReadOnlySpan<byte>>> content)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Add(string line) => hash.AppendData(Encoding.UTF8.GetBytes($"{line}\n"));
        foreach ((string name, string text) in texts.Where(entry => entry.Key != CaseFile.HashField).OrderBy(entry => entry.Key, StringComparer.Ordinal))
            Add($"{name}={text}");
        foreach (TensorInfo tensor in tensors)
        {
            Add($"{tensor.Name} {tensor.ElementType} {string.Join('x', tensor.Shape)}");
            content(tensor, hash.AppendData);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
