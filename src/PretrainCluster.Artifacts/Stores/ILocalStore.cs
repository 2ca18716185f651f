namespace PretrainCluster.Artifacts.Stores;

/// <summary>A store whose artifacts are files of this machine, so that they can be memory-mapped where they lie.</summary>
public interface ILocalStore
{
    /// <summary>The file of an artifact, whether it exists or not.</summary>
    string PathOf(string name);
}
