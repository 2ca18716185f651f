using PretrainCluster.Core.Plans;

namespace PretrainCluster.Learning.Evaluation.Protocols;

/// <summary>A way to turn an encoder into figures. Adding one takes its file, a line in <see cref="EvaluationProtocols"/> and its tests.</summary>
public interface IEvaluationProtocol
{
    string Name { get; }

    /// <summary>Goes up with every change that can move a figure.</summary>
    int Version { get; }

    /// <summary>One line for people who choose a protocol.</summary>
    string Summary { get; }

    ProtocolSubject Subject { get; }

    /// <summary>Whether it is about the classes that pretraining did not see.</summary>
    bool OnNovelClasses => false;

    /// <summary>Whether it has test views of its own, and none of the plan's.</summary>
    bool HasOwnViews => false;

    /// <summary>What a plan sets otherwise than the protocol has it; null where nothing.</summary>
    string? Settings(EvaluationPlan plan) => null;

    ProtocolOutcome Evaluate(EvaluationInput input, CancellationToken cancellation);
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
