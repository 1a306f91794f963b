using System.Collections.Immutable;
using STUNet.Model;

namespace STUNet.WeightsConverter;

/// <summary>What a conversion wrote.</summary>
/// <param name="Manifest">The manifest, as written.</param>
/// <param name="Warnings">What the user should know, one sentence each.</param>
public sealed record ConversionResult(ModelManifest Manifest, ImmutableArray<string> Warnings);
