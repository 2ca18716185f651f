namespace PretrainCluster.Faults.Simulation;

/// <summary>Mistakes that a coordinator could make, each of which an invariant must find.</summary>
public enum PlantedBug
{
    None,

    /// <summary>A generation's entry is written after its members were told to join.</summary>
    JoinBeforeLedger,

    /// <summary>A member gets the number of the generation before.</summary>
    OldGeneration,

    /// <summary>Two workers are started on one slot.</summary>
    SlotTwice,

    /// <summary>A gang of several is started with one worker too few for its minimum.</summary>
    HalfGang,

    /// <summary>A run's end is recorded a second time, with another reason.</summary>
    SecondEnd,

    /// <summary>A survivor is not told of the next generation.</summary>
    ForgottenMember,
}
