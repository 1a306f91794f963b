namespace STUNet.Core;

/// <summary>A file (image, checkpoint, plan, model) that cannot be used as it is.</summary>
public class InvalidFileException : StuNetException
{
    /// <summary>Creates the error. The message reads <c>path: field: problem. hint</c>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="field">The header field, tensor or entry at fault; empty for the file as a whole.</param>
    /// <param name="problem">What was expected and what was found, without a closing full stop.</param>
    /// <param name="hint">What the user can do, without a closing full stop; may be empty.</param>
    /// <param name="inner">The cause.</param>
    public InvalidFileException(string path, string field, string problem, string hint = "", Exception? inner = null)
        : base(Compose(path, field, problem, hint), inner)
    {
        Path = path;
        Field = field;
    }

    /// <summary>The file at fault.</summary>
    public string Path { get; }

    /// <summary>The field at fault; empty when the file as a whole is.</summary>
    public string Field { get; }

    private static string Compose(string path, string field, string problem, string hint)
    {
        string where = field.Length == 0 ? path : $"{path}: {field}";
        return hint.Length == 0 ? $"{where}: {problem}." : $"{where}: {problem}; {hint}.";
    }
}
