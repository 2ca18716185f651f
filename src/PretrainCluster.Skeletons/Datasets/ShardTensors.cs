namespace PretrainCluster.Skeletons.Datasets;

/// <summary>Names of the tensors of a shard, and of the split file.</summary>
static class ShardTensors
{
    /// <summary>[frames, persons, joints, 3], the clips one after the other.</summary>
    public const string Joints = "joints";

    /// <summary>[clips + 1]: a clip's first frame in <see cref="Joints"/>, then the end.</summary>
    public const string Offsets = "offsets";

    public const string Labels = "labels";
    public const string Subjects = "subjects";
    public const string Views = "views";
    public const string Setups = "setups";

    /// <summary>UTF-8, the names one after the other.</summary>
    public const string IdBytes = "id_bytes";

    /// <summary>[clips + 1]</summary>
    public const string IdOffsets = "id_offsets";

    public static string Train(string split) => split + "/train";

    public static string Test(string split) => split + "/test";
}
