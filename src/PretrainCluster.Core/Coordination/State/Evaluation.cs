namespace PretrainCluster.Core.Coordination.State;

/// <summary>The evaluation of one checkpoint, which is done, under way on a slot, or waits for one.</summary>
sealed class Evaluation(long sequence, string name, Run run, long step, string checkpoint)
{
    public long Sequence => sequence;
    public string Name => name;
    public Run Run => run;
    public long Step => step;
    public string Checkpoint => checkpoint;
    public Slot? Slot { get; set; }
    public SlotPool? Pool { get; set; }
    public int Failures { get; set; }
    public bool IsDone { get; set; }

    /// <summary>How often it made room for training, and when it may be tried again.</summary>
    public int TimesStopped { get; set; }
    public long NotBefore { get; set; }

    /// <summary>True once it was told to make room.</summary>
    public bool IsStopping { get; set; }
}
