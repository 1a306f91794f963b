namespace STUNet.Inference;

/// <summary>The scores of one case.</summary>
/// <param name="Case">The case.</param>
/// <param name="Scores">One entry per label or region evaluated, in their order.</param>
public sealed record CaseScores(EvaluationCase Case, IReadOnlyList<Scores> Scores);
