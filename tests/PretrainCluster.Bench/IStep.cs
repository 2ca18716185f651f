namespace PretrainCluster.Bench;

/// <summary>A training step that is measured.</summary>
interface IStep : IDisposable
{
    void Run();
}
