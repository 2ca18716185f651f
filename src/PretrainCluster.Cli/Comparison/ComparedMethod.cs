using PretrainCluster.Training.Checkpoints;

namespace PretrainCluster.Cli.Comparison;

/// <summary>A method that is compared: one run, or runs of one recipe that differ in their seed.</summary>
/// <param name="Name">what its column is called</param>
public sealed record ComparedMethod(string Name, IReadOnlyList<ComparedRun> Runs)
{
    const int MostRuns = 100;

    /// <param name="text">RUN, RUN@STEP, several of them separated by commas, or NAME= and any of these</param>
    /// <exception cref="InputException">There is no such run, it was not evaluated, or the runs are not of one recipe.</exception>
    public static ComparedMethod Read(string text, string runs)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var names = text[(equals + 1)..].Split(',', StringSplitOptions.TrimEntries);
        if (equals == 0 || names.Any(name => name.Length == 0) || names.Length > MostRuns)
            throw new InputException($"\"{text}\": a run, runs separated by commas, or NAME=RUN,RUN is expected");
        if (names.Distinct(StringComparer.Ordinal).Count() < names.Length)
            throw new InputException($"\"{text}\" names a run twice");
        var read = names.Select(name => ComparedRun.Read(name, runs)).OrderBy(run => run.Seed).ToList();
        if (read.GroupBy(run => run.Seed).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new InputException($"\"{text}\": {string.Join(" and ", twice.Select(run => run.Name))} have the same seed, {twice.Key}; runs of one method differ in it");
        return new(equals > 0 ? text[..equals] : names.Length == 1 ? names[0] : Shared(names), read);
    }

    // What the names have in common, e.g. mae-seed for mae-seed1 and mae-seed2.
    static string Shared(string[] names)
    {
        var length = Enumerable.Range(0, names[0].Length).TakeWhile(i => names.All(name => i < name.Length && name[i] == names[0][i])).Count();
        return length > 0 ? $"{names[0][..length].TrimEnd('-', '_', '.')} ({names.Length} runs)" : string.Join(",", names);
    }
}

/// <summary>A run's pretrained encoder and what was measured of it.</summary>
/// <param name="Seed">the plan's</param>
/// <param name="Checkpoint">digest of the manifest that the results are of</param>
public sealed record ComparedRun(string Name, long Seed, string Checkpoint, IReadOnlyList<EvaluationResult> Results)
{
    /// <exception cref="InputException">There is no such run or checkpoint, or it was not evaluated.</exception>
    public static ComparedRun Read(string name, string runs)
    {
        var (run, step) = RunCheckpoints.ParseName(name);
        var folder = RunFolder.Open(runs, run);
        var checkpoints = RunCheckpoints.List(folder);
        var checkpoint = step is null ? checkpoints.FirstOrDefault() : checkpoints.FirstOrDefault(c => c.Step == step);
        if (checkpoint is null)
            throw new InputException($"{name} has no {(step is null ? "checkpoint yet" : "such checkpoint")}; `pretrain checkpoints {folder.Name}` lists what there is");
        var results = folder.ReadEvaluations().Where(result => !EvaluationComparison.IsControl(result) && result.Checkpoint == checkpoint.Digest).ToList();
        return results.Count > 0 ? new(name, PlanText.Read(folder.PlanFile, PlanKinds.None).Seed, checkpoint.Digest, results)
            : throw new InputException($"{name} was not evaluated at step {checkpoint.Step}; `pretrain evaluate {name} --protocol linear,knn` does so");
    }
}
