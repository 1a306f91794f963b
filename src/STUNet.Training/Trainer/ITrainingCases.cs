using STUNet.Model;

namespace STUNet.Training;

/// <summary>The preprocessed cases of one configuration of a data set.</summary>
public interface ITrainingCases : IDisposable
{
    /// <summary>The cases there are, in any order.</summary>
    IReadOnlyList<string> Identifiers { get; }

    /// <summary>By whose rules they were preprocessed: v1 normalises after resampling, v2 before. Images are preprocessed alike when the model predicts.</summary>
    NnunetVersion Preprocessing { get; }

    /// <summary>What a case was made of, as a text that changes with it: a training goes on only with the content it was begun with.</summary>
    /// <param name="identifier">One of <see cref="Identifiers"/>.</param>
    /// <exception cref="Core.StuNetException">The case is missing or damaged.</exception>
    string SourceOf(string identifier);

    /// <summary>Opens a case, which stays open until this object is disposed.</summary>
    /// <param name="identifier">One of <see cref="Identifiers"/>.</param>
    /// <exception cref="Core.StuNetException">The case is missing or damaged.</exception>
    ITrainingCase Open(string identifier);
}
