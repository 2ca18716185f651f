namespace PretrainCluster.Core;

/// <summary>
/// Something the user handed in cannot be used: a file, a plan, an option. The command line prints the message alone and exits with 2.
/// The message says what is wrong, where, and what to do.
/// </summary>
public sealed class InputException(string message, Exception? inner = null) : Exception(message, inner);
