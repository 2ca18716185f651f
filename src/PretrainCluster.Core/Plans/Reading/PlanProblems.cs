namespace PretrainCluster.Core.Plans.Reading;

/// <summary>Everything that is wrong with a plan, gathered so that one attempt shows it all.</summary>
sealed class PlanProblems
{
    const int Shown = 50;

    readonly List<(Origin Origin, string Message)> _problems = [];

    public int Count => _problems.Count;

    public bool Any => Count > 0;

    /// <param name="path">the key's dotted path; empty for the plan as a whole</param>
    public void Add(Origin origin, string path, string message) => _problems.Add((origin, path.Length > 0 ? $"{path}: {message}" : message));

    /// <exception cref="InputException">There are problems; one line each.</exception>
    public void Throw()
    {
        if (!Any)
            return;
        var lines = _problems.OrderBy(problem => problem.Origin.Line == 0).ThenBy(problem => problem.Origin.Line)
            .Select(problem => $"{problem.Origin}: {problem.Message}").Distinct().ToList();
        if (lines.Count > Shown)
            lines = [.. lines.Take(Shown), $"and {lines.Count - Shown} more problems"];
        throw new InputException(string.Join('\n', lines));
    }
}
