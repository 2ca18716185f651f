using PretrainCluster.Artifacts.SafeTensors;
using PretrainCluster.Learning.Encoders;
using PretrainCluster.Learning.Weights;

namespace PretrainCluster.Cli.Runs;

/// <summary>
/// The encoder that a plan's <c>from</c> names, laid into the run's folder before the run starts. From then on the run needs neither the name nor what it led to, and
/// its digest is part of the plan's: a tag that moves makes no other run of it.
/// </summary>
static class InitialEncoder
{
    const string Weights = "weights.safetensors";

    /// <returns>the plan with the digest of its encoder; the plan as it is where it names none</returns>
    /// <exception cref="InputException">There is no such encoder, or it is another one than the plan's sizes, its digest or the run say.</exception>
    public static async Task<Plan> PrepareAsync(Plan plan, string runs, CancellationToken cancellation)
    {
        if (plan.From is not { } name)
            return plan;
        var folder = RunFolder.At(runs, plan.Name);
        if (IsThere(folder, name) is { } known)
            return With(plan, known);
        using var dataset = SkeletonDataset.Open(plan.Data.Dataset);
        using var encoder = EncoderFactory.Create(plan.Encoder, ClipShape.Of(dataset, plan.View.Frames), (ulong)plan.Seed);
        if (FileOf(name) is { } file)
            EncoderWeights.Load(encoder, file);
        else
            await LoadAsync(name, runs, encoder, cancellation);
        var digest = EncoderWeights.Sha256(encoder);
        if (folder.Exists && folder.ReadInfo().FromSha256 is { } begun && begun != digest)
            throw new InputException($"{folder.Path} was begun with the encoder {begun[..12]}, and {name} is {digest[..12]} now; give the run another name with --set name=NAME");
        var prepared = With(plan, digest);
        Directory.CreateDirectory(folder.Path);
        EncoderWeights.Save(encoder, folder.InitialFile);
        return prepared;
    }

    static Plan With(Plan plan, string digest) => plan.FromSha256 is null || plan.FromSha256 == digest ? plan with { FromSha256 = digest }
        : throw new InputException($"from_sha256: {plan.From} is the encoder {digest}, not {plan.FromSha256}");

    static string? IsThere(RunFolder folder, string name) =>
        folder.Exists && File.Exists(folder.InitialFile) && PlanText.Read(folder.PlanFile, PlanKinds.None) is { FromSha256: { } digest } begun && begun.From == name ? digest : null;

    static string? FileOf(string name) => File.Exists(Path.Combine(name, Weights)) ? Path.Combine(name, Weights) : File.Exists(name) ? name : null;

    static async Task LoadAsync(string name, string runs, SkeletonEncoder encoder, CancellationToken cancellation)
    {
        var found = await CheckpointName.FindAsync(name, runs, store: null, cancellation);
        await using var reading = await found.BeginReadingAsync(cancellation);
        using var weights = SafeTensorsFile.Open(await found.Store.FetchAsync(reading.Manifest.Blob("weights"), cancellation));
        EncoderWeights.Load(encoder, weights);
    }
}
