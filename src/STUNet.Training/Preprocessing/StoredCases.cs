using System.Collections.Immutable;
using STUNet.Core;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>The cases of a <see cref="CaseStore"/> as training takes them: checked to be of one kind and of the plan, each mapped once. Not thread-safe.</summary>
public sealed class StoredCases : ITrainingCases
{
    private const string Redo = "preprocess the data set again";
    private readonly CaseStore _store;
    private readonly PlanConfiguration _configuration;
    private readonly Dictionary<string, StoredCase> _open = [];
    private readonly StoredCase _first;

    /// <summary>Lists the cases and opens the first.</summary>
    /// <param name="preprocessed">The folder of the preprocessed data set.</param>
    /// <param name="configuration">The configuration.</param>
    /// <exception cref="InvalidRequestException">The configuration has no cases of its own.</exception>
    /// <exception cref="InvalidFileException">There are no cases, or the first is damaged.</exception>
    public StoredCases(string preprocessed, PlanConfiguration configuration)
    {
        (_store, _configuration) = (new CaseStore(preprocessed, configuration), configuration);
        ImmutableArray<string> identifiers = _store.Identifiers;
        if (identifiers.IsEmpty)
            throw new InvalidFileException(_store.Folder, "", "there are no preprocessed cases", $"run stunet preprocess DATASET -o {preprocessed} -c {configuration.Name} first");
        Identifiers = identifiers;
        _first = _store.Open(identifiers[0]);
        _open.Add(identifiers[0], _first);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Identifiers { get; }

    /// <inheritdoc/>
    public NnunetVersion Preprocessing => _first.Rules;

    /// <inheritdoc/>
    public string SourceOf(string identifier) => OpenStored(identifier).Source;

    /// <inheritdoc/>
    public ITrainingCase Open(string identifier) => OpenStored(identifier);

    /// <summary>Unmaps the cases.</summary>
    public void Dispose()
    {
        foreach (StoredCase stored in _open.Values)
            stored.Dispose();
    }

    private StoredCase OpenStored(string identifier)
    {
        if (!_open.TryGetValue(identifier, out StoredCase? stored))
            _open.Add(identifier, stored = _store.Open(identifier));
        Check(stored);
        return stored;
    }

    // A plan edited after preprocessing, or a preprocessing by other rules that was not finished, leaves cases that do not belong together.
    private void Check(StoredCase stored)
    {
        if (stored.Rules != Preprocessing)
            throw Wrong(CaseFile.RulesField, $"preprocessed by the rules of {NnunetVersionName.Of(stored.Rules)}, but {_first.Identifier} by those of {NnunetVersionName.Of(Preprocessing)}");
        if (stored.Channels != _configuration.NormalizationSchemes.Length)
            throw Wrong(CaseFile.Image, $"{stored.Channels} channels, but the plans are for {_configuration.NormalizationSchemes.Length}");
        double[] spacing = [stored.Properties.Spacing.Z, stored.Properties.Spacing.Y, stored.Properties.Spacing.X];
        if (!spacing.AsSpan().EndsWith(_configuration.Spacing.AsSpan()))
            throw Wrong(CaseFile.PropertiesField, $"the spacing is {string.Join(" x ", spacing)} mm, but the plans say {string.Join(" x ", _configuration.Spacing)}");
        if (!Classes(stored).SequenceEqual(Classes(_first)))
            throw Wrong(CaseFile.ClassesField, $"other classes than in {_first.Identifier}");

        InvalidFileException Wrong(string field, string problem) => new(stored.Path, field, problem, Redo);
    }

    private static IEnumerable<string> Classes(StoredCase stored) => stored.Locations.Entries.Select(entry => string.Join(',', entry.Labels));
}
