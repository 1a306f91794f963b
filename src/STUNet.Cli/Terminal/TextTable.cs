using System.Text;

namespace STUNet.Cli;

/// <summary>A table of plain text: the first column is aligned to the left, the others to the right unless said otherwise.</summary>
internal sealed class TextTable(params IReadOnlyList<string> header)
{
    private readonly List<IReadOnlyList<string>> _rows = [header];

    /// <summary>Columns aligned to the left besides the first.</summary>
    public IReadOnlySet<int> LeftAligned { get; init; } = new HashSet<int>();

    public void Add(params IReadOnlyList<string> cells) => _rows.Add(cells);

    /// <summary>The lines, without trailing spaces; a rule follows the header.</summary>
    public override string ToString()
    {
        int[] widths = [.. Enumerable.Range(0, _rows[0].Count).Select(column => _rows.Max(row => row[column].Length))];
        StringBuilder text = new();
        for (int i = 0; i < _rows.Count; i++)
        {
            text.AppendLine(Line(_rows[i], widths));
            if (i == 0)
                text.AppendLine(new string('-', widths.Sum() + 2 * (widths.Length - 1)));
        }

        return text.ToString().TrimEnd();
    }

    private string Line(IReadOnlyList<string> cells, int[] widths) =>
        string.Join("  ", cells.Select((cell, column) => column == 0 || LeftAligned.Contains(column) ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))).TrimEnd();
}
