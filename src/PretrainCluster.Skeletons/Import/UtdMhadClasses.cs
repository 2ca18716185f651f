namespace PretrainCluster.Skeletons.Import;

/// <summary>The 27 actions of UTD-MHAD (Chen et al. 2015) in their order.</summary>
public static class UtdMhadClasses
{
    public static IReadOnlyList<string> All { get; } =
    [
        "swipe left", "swipe right", "wave", "clap", "throw", "arm cross", "basketball shoot", "draw x", "draw circle clockwise", "draw circle counter-clockwise",
        "draw triangle", "bowling", "boxing", "baseball swing", "tennis swing", "arm curl", "tennis serve", "push", "knock", "catch",
        "pick up and throw", "jog", "walk", "sit to stand", "stand to sit", "lunge", "squat",
    ];
}
