namespace PretrainCluster.Cli.Views;

/// <summary>A run on the screen. Disposing it leaves the screen to what is printed next.</summary>
public interface IRunView : IRunObserver, IDisposable;
