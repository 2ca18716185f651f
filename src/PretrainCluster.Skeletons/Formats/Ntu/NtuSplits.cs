namespace PretrainCluster.Skeletons.Formats.Ntu;

/// <summary>The published train/test protocols of NTU RGB+D (Shahroudy et al. 2016) and NTU RGB+D 120 (Liu et al. 2019).</summary>
public static class NtuSplits
{
    /// <summary>Setups 18 to 32 and actions 61 to 120 came with NTU RGB+D 120.</summary>
    public const int LastSetupOf60 = 17;

    static readonly HashSet<int> TrainPerformers60 = [1, 2, 4, 5, 8, 9, 13, 14, 15, 16, 17, 18, 19, 25, 27, 28, 31, 34, 35, 38];

    static readonly HashSet<int> TrainPerformers120 =
    [
        .. TrainPerformers60, 45, 46, 47, 49, 50, 52, 53, 54, 55, 56, 57, 58, 59, 70, 74, 78, 80, 81, 82, 83, 84, 85, 86, 89, 91, 92, 93, 94, 95, 97, 98, 100, 103,
    ];

    /// <summary>Cross-subject: the performers to train on. The 20 of NTU-60 are among the 53 of NTU-120, and no other of the first 40 is.</summary>
    public static bool TrainsCrossSubject(int performer) => TrainPerformers120.Contains(performer);

    /// <summary>Cross-view of NTU-60: cameras 2 and 3 train.</summary>
    public static bool TrainsCrossView(int camera) => camera is 2 or 3;

    /// <summary>Cross-setup of NTU-120: even setups train.</summary>
    public static bool TrainsCrossSetup(int setup) => setup % 2 == 0;
}
