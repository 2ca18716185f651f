using System.Reflection;

namespace PretrainCluster.Learning.Evaluation.Protocols;

/// <summary>
/// A way to turn an encoder into figures, and its keys. Its <see cref="KindAttribute"/> is all it takes to add one: plans,
/// <c>--protocol</c> and tables find it by its name.
/// </summary>
public abstract record EvaluationProtocol : ProtocolPlan
{
    /// <summary>What results call it.</summary>
    public string Name => Kind;

    /// <summary>One line for people who choose a protocol.</summary>
    public string Summary => GetType().GetCustomAttribute<KindAttribute>()!.Description;

    /// <summary>Goes up with every change that can move a figure.</summary>
    public abstract int Version { get; }

    public abstract ProtocolSubject Subject { get; }

    /// <summary>Whether it is about the classes that pretraining did not see.</summary>
    public virtual bool OnNovelClasses => false;

    /// <summary>Whether it has test views of its own, and none of the plan's.</summary>
    public virtual bool HasOwnViews => false;

    /// <summary>
    /// What a plan sets otherwise than the protocol has it; null where nothing. Its own keys, unless a section of
    /// <paramref name="plan"/> holds them, as it does where several protocols share them.
    /// </summary>
    public virtual string? Settings(EvaluationPlan plan) => SectionSettings.Of(this);

    public abstract ProtocolOutcome Evaluate(EvaluationInput input, CancellationToken cancellation);

    /// <summary>The protocol of a name, with every key at its default.</summary>
    /// <exception cref="InputException">There is none; says which there are.</exception>
    public static EvaluationProtocol Find(PlanKinds kinds, string name) =>
        kinds.Find(typeof(ProtocolPlan), name) is { } kind ? (EvaluationProtocol)Activator.CreateInstance(kind.Settings)!
            : throw new InputException($"No evaluation protocol is called '{name}'; there are {Names(kinds)}.");

    /// <summary>The names of all protocols, for help and messages.</summary>
    public static string Names(PlanKinds kinds) =>
        string.Join(", ", kinds.Of(typeof(ProtocolPlan)).Select(kind => kind.Name));
}

/// <summary>What a protocol's figures speak of.</summary>
public enum ProtocolSubject
{
    /// <summary>The encoder's frozen features; a control with random weights stands beside them.</summary>
    FrozenEncoder,

    /// <summary>The encoder, trained on with labels; a control that starts from random weights stands beside it.</summary>
    TunedEncoder,

    /// <summary>The coordinates themselves: a floor that needs no encoder.</summary>
    RawCoordinates,

    /// <summary>The encoder's architecture, trained from scratch with labels.</summary>
    Architecture,
}

/// <param name="Description">what was done, in one line, with everything the seeds decided</param>
/// <param name="Measurements">the first is the headline</param>
/// <param name="Confusion">counts [true][predicted] of the headline's first seed</param>
public sealed record ProtocolOutcome(string Description, IReadOnlyList<Measurement> Measurements, int[][]? Confusion);
