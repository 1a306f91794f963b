using System.Diagnostics;

namespace STUNet.Tests;

/// <summary>The system's Python, where there is one.</summary>
internal static class Python
{
    private const string Interpreter = "/usr/bin/python3";

    /// <summary>Whether modules, such as <c>numpy, nibabel</c>, can be imported.</summary>
    public static bool Has(string modules) => File.Exists(Interpreter) && Run($"import {modules}").Code == 0;

    /// <summary>Runs a script; gives its exit code and what it printed on standard error.</summary>
    public static (int Code, string Error) Run(string script, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(Interpreter, ["-c", script, .. arguments]) { RedirectStandardError = true })!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, error);
    }
}
