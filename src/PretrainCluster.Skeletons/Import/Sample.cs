namespace PretrainCluster.Skeletons.Import;

/// <summary>What a source has under one name: a clip, or the reason why there is none.</summary>
public abstract record Sample(string Name);

public sealed record ReadSample(Clip Clip) : Sample(Clip.Name);

/// <param name="Name">The source's own name.</param>
/// <param name="Kind">Empty or listed as missing, or broken.</param>
/// <param name="Reason">With file and line where there is one.</param>
public sealed record LeftOutSample(string Name, DefectKind Kind, string Reason) : Sample(Name);
