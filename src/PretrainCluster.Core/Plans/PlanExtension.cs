using PretrainCluster.Core.Plans.Reading;

namespace PretrainCluster.Core.Plans;

/// <summary>An assembly of kinds that a user names on the command line (docs/extending.md).</summary>
/// <param name="File">its path</param>
/// <param name="Sha256">of its bytes, in lower-case hex</param>
public sealed record PlanExtension(string File, string Sha256)
{
    public string Name => Path.GetFileName(File);
}

/// <summary>The extensions of a plan, which are loaded only where a user names them.</summary>
public static class PlanExtensions
{
    /// <summary>The plan with every extension that its user has named.</summary>
    public static Plan With(this Plan plan, IReadOnlyList<PlanExtension> extensions) => extensions.Count == 0 ? plan : plan with
    {
        Extensions = [.. extensions.Select(extension => extension.Name)],
        ExtensionsSha256 = [.. extensions.Select(extension => extension.Sha256)],
    };

    /// <summary>The plan with the digests of its extensions; adds a problem for each that is not there, or is another one than it was.</summary>
    internal static Plan Check(Plan plan, PlanKinds kinds, Origin origin, PlanProblems problems)
    {
        if (plan.Extensions.Count == 0 || kinds.IsEmpty)
            return plan;
        var digests = new List<string>();
        for (var i = 0; i < plan.Extensions.Count; i++)
        {
            var name = Path.GetFileName(plan.Extensions[i]);
            var begun = i < plan.ExtensionsSha256.Count ? plan.ExtensionsSha256[i] : null;
            if (kinds.Extensions.FirstOrDefault(known => known.Name == name) is not { } extension)
            {
                problems.Add(origin, "extensions", $"the plan needs code from {name}, and code is only loaded where you name it: if you trust that file, add --extension {plan.Extensions[i]}");
                continue;
            }
            if (begun is not null && begun != extension.Sha256)
                problems.Add(origin, "extensions_sha256", $"{extension.File} has SHA-256 {extension.Sha256}, and the plan was made with {begun}; name the file that it was made with");
            digests.Add(extension.Sha256);
        }
        return plan with { Extensions = [.. plan.Extensions.Select(file => Path.GetFileName(file))], ExtensionsSha256 = digests };
    }
}
