using System.CommandLine;
using System.Globalization;
using System.Numerics;

namespace STUNet.Cli;

/// <summary>Options whose text the command line reads by rules of its own.</summary>
internal static class ParsedOption
{
    /// <summary>An option that takes one text.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="placeholder">What stands for the text in the help.</param>
    /// <param name="description">What it means.</param>
    /// <param name="tryParse">Reads the text; null where it is wrong.</param>
    /// <param name="expected">What a right text looks like, for the message.</param>
    public static Option<T?> Of<T>(string name, string placeholder, string description, Func<string, T?> tryParse, string expected)
        where T : struct
    {
        return new Option<T?>(name) { HelpName = placeholder, Description = description, CustomParser = Parse };

        T? Parse(System.CommandLine.Parsing.ArgumentResult result)
        {
            string text = result.Tokens[0].Value;
            if (tryParse(text) is { } value)
                return value;
            result.AddError($"{name} {text}: expected {expected}");
            return null;
        }
    }

    /// <summary>An option that takes one of a few words.</summary>
    public static Option<string> OneOf(string name, string description, string fallback, params string[] words)
    {
        Option<string> option = new(name)
        {
            HelpName = string.Join('|', words),
            Description = description,
            DefaultValueFactory = _ => fallback,
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !words.Contains(result.Tokens[0].Value, StringComparer.OrdinalIgnoreCase))
                result.AddError($"{name} {result.Tokens[0].Value}: expected one of {string.Join(", ", words)}");
        });
        return option;
    }

    /// <summary>A whole number with a lower bound.</summary>
    public static Option<T> Number<T>(string name, string description, T fallback, T least)
        where T : IBinaryInteger<T>, IMinMaxValue<T>
    {
        return new Option<T>(name) { HelpName = "N", Description = description, DefaultValueFactory = _ => fallback, CustomParser = Parse };

        T Parse(System.CommandLine.Parsing.ArgumentResult result)
        {
            string text = result.Tokens[0].Value;
            if (T.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out T? number) && number >= least)
                return number;
            result.AddError($"{name} {text}: expected a whole number from {least} to {T.MaxValue}");
            return fallback;
        }
    }

    /// <summary>A number.</summary>
    public static Option<double> Real(string name, string placeholder, string description, double fallback)
    {
        return new Option<double>(name) { HelpName = placeholder, Description = description, DefaultValueFactory = _ => fallback, CustomParser = Parse };

        double Parse(System.CommandLine.Parsing.ArgumentResult result)
        {
            string text = result.Tokens[0].Value;
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number))
                return number;
            result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} {text}: expected a number such as {fallback}"));
            return fallback;
        }
    }

    /// <summary>An argument that is a path; a word with a dash is a mistyped option instead.</summary>
    public static Argument<string> Path(string name, string description, ArgumentArity arity)
    {
        Argument<string> argument = new(name) { Description = description, Arity = arity };
        argument.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && result.Tokens[0].Value.StartsWith('-'))
                result.AddError($"'{result.Tokens[0].Value}' is not an option of this command");
        });
        return argument;
    }
}
