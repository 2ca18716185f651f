namespace PretrainCluster.Core.Plans;

/// <summary>The encoder and its size. Each kind's keys stand beside the class of the encoder.</summary>
[Kinds("encoder", "what encodes a clip", Default = "transformer", AddedLater = true)]
public record EncoderPlan : KindSection
{
    /// <summary>Blocks between its input and its features; 0 where this program does not know the kind.</summary>
    public virtual int Blocks => 0;

    /// <summary>What does not fit the rest of the plan, or the dataset: the key that is most likely to be changed, and what is expected there.</summary>
    /// <param name="at">where the section stands, e.g. "encoder"</param>
    /// <param name="frames">of a view</param>
    /// <param name="shape">of the dataset; null where it is not known</param>
    public virtual IEnumerable<(string Path, string Message)> Problems(string at, int frames, DataShape? shape) => [];
}
